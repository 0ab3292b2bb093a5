import * as v from "valibot";
import { readOwn } from "../../json/read-json.ts";
import { findResource } from "../../references/find-resource.ts";
import { builtinCatalog } from "../../references/builtin.ts";
import { movesSchema } from "../moves/moves-schema.ts";
import type { MoveGrant, PipelineIssue } from "../pipeline.ts";
import { readClusterNames, toUnknownCluster } from "./parameters/unknown-clusters.ts";
import { findVersionedResource } from "./parameters/versioned-resource.ts";

type Path = PipelineIssue["path"];

/** The faults of well-formed `moves`: entries by which no Move could be carried out. */
export function findMoveGrantFaults(document: unknown): readonly PipelineIssue[] {
  const parsed = v.safeParse(movesSchema, readOwn(document, "moves"));
  if (!parsed.success) return [];
  return parsed.output.flatMap((grant, index) => {
    const path = ["moves", index];
    return [
      ...findClusterFaults(grant, document, path),
      ...findResourceFaults(grant, path),
      ...findPauseFaults(grant, path),
    ];
  });
}

function findClusterFaults(
  { to, from }: MoveGrant,
  document: unknown,
  path: Path,
): readonly PipelineIssue[] {
  const { own, names } = readClusterNames(document);
  const known = typeof own === "string" ? [own, ...names] : names;
  const unknown = [
    ...to.map((name, at) => ({ name, at: ["to", at] })),
    ...(from ?? []).map((name, at) => ({ name, at: ["from", at] })),
  ].flatMap(({ name, at }) =>
    known.includes(name) ? [] : [{ path: [...path, ...at], ...toUnknownCluster(name, names) }],
  );
  if (unknown.length > 0) return unknown;
  const sources = from ?? [own];
  // Of two clusters that are both in both lists, each is the target of the other.
  if (sources.some((source) => to.some((target) => target !== source))) return [];
  const message = `${to.join(", ")} is the cluster that the objects are in`;
  return [{ path: [...path, "to"], message, hint: "name one of clusters" }];
}

function findResourceFaults(
  { resources, namespaces }: MoveGrant,
  path: Path,
): readonly PipelineIssue[] {
  return resources.flatMap((resource, at) => {
    const here = [...path, "resources", at];
    const versioned = findVersionedResource(resource);
    if (versioned !== undefined) return [{ path: here, ...versioned }];
    const isWide = findResource(builtinCatalog(), resource)?.namespaced === false;
    if (!isWide || namespaces === undefined) return [];
    const message = `${resource} are in no namespace, and namespaces names some`;
    return [{ path: here, message, hint: "write an entry of its own for it, without namespaces" }];
  });
}

function findPauseFaults({ pause = [] }: MoveGrant, path: Path): readonly PipelineIssue[] {
  return pause.flatMap(({ field, annotation }, at) =>
    (field === undefined) !== (annotation === undefined)
      ? []
      : [
          {
            path: [...path, "pause", at],
            message: "a pause is either a field or an annotation",
            hint: "write { resource, field: spec.paused } or { resource, annotation: <name> }",
          },
        ],
  );
}
