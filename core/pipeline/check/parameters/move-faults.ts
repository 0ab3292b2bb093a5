import * as v from "valibot";
import { toGroupResource } from "../../../actions/contract/target.ts";
import { findStationary } from "../../../actions/move/stationary.ts";
import type { MoveParameters } from "../../../actions/move/move-parameters.ts";
import { isObject, readOwn } from "../../../json/read-json.ts";
import { findUndeclared } from "../../moves/find-undeclared.ts";
import { movesSchema } from "../../moves/moves-schema.ts";
import type { PipelineIssue, Rule } from "../../pipeline.ts";
import { findLabelSelectorFault } from "./selector-faults.ts";
import { findOwnFault, readClusterNames, toUnknownCluster } from "./unknown-clusters.ts";

type Path = PipelineIssue["path"];

/**
 * The faults of actions that begin moves: clusters that the pipeline does not name or from which the objects come, resources whose objects
 * do not move, and what no entry of `moves` lets functions move.
 */
export function findMoveFaults(
  document: unknown,
  rules: readonly { readonly rule: Rule; readonly index: number }[],
): readonly PipelineIssue[] {
  return rules.flatMap(({ rule, index }) =>
    (["then", "onFailure"] as const).flatMap((list) =>
      (rule[list] ?? []).flatMap(({ action, parameters }, at) => {
        if (action !== "move") return [];
        const path = ["rules", index, list, at, action];
        // The action's own schema has made these.
        const move = parameters as unknown as MoveParameters;
        const faults = [
          ...findClusterFaults(rule, move, document, path),
          ...findBoundFaults(rule, move, path),
          ...findSelectorFaults(move, path),
        ];
        return faults.length > 0 ? faults : findUncovered(rule, move, document, path);
      }),
    ),
  );
}

function findClusterFaults(
  rule: Rule,
  { to }: MoveParameters,
  document: unknown,
  path: Path,
): readonly PipelineIssue[] {
  const here = [...path, "to"];
  const { own, names } = readClusterNames(document);
  const { clusters } = rule.on;
  if (clusters?.includes(to) === true || (clusters === undefined && to === own)) {
    const message = `${to} is the cluster that the objects are in: nothing moves from it to itself`;
    return [{ path: here, message, hint: "name another one of clusters" }];
  }
  if (names.includes(to)) return [];
  const fault = to === own ? findOwnFault(rule, to) : toUnknownCluster(to, names);
  return fault === undefined ? [] : [{ path: here, ...fault }];
}

function findBoundFaults(rule: Rule, move: MoveParameters, path: Path): readonly PipelineIssue[] {
  const { target, also } = move;
  const named = [
    {
      resource: findResourceOf(rule, move),
      at: target === "trigger" ? [] : ["target", "resource"],
    },
    ...also.map(({ resource }, at) => ({ resource, at: ["also", at, "resource"] })),
  ];
  return named.flatMap(({ resource, at }) => {
    const why = resource === undefined ? undefined : findStationary(resource);
    if (why === undefined) return [];
    const message = `objects of ${String(resource)} do not move to another cluster`;
    return [{ path: [...path, ...at], message, hint: why }];
  });
}

function findSelectorFaults({ also }: MoveParameters, path: Path): readonly PipelineIssue[] {
  return also.flatMap(({ labelSelector }, at) => {
    const fault = labelSelector === undefined ? undefined : findLabelSelectorFault(labelSelector);
    return fault === undefined ? [] : [{ path: [...path, "also", at, "labelSelector"], ...fault }];
  });
}

/** The Move that an action would create, as far as the rule says, which transfer would not carry out. */
function findUncovered(
  rule: Rule,
  move: MoveParameters,
  document: unknown,
  path: Path,
): readonly PipelineIssue[] {
  const moves = v.safeParse(movesSchema, readOwn(document, "moves") ?? []);
  if (!moves.success) return [];
  const { own } = readClusterNames(document);
  const resources = [findResourceOf(rule, move), ...move.also.map(({ resource }) => resource)];
  const known = resources.filter((one) => one !== undefined);
  for (const source of rule.on.clusters ?? [own]) {
    const grants = moves.output
      .map((grant, at) => ({ ...grant, at }))
      .filter(({ from }) =>
        from === undefined ? source === own : from.some((one) => one === source),
      );
    const namespaces = findNamespaces(rule, move);
    for (const namespace of namespaces) {
      const objects = known.map((resource) => ({ ...toGroupResource(resource), namespace }));
      const spec = { ...move, select: known.map((resource) => ({ resource, namespace })) };
      const message = findUndeclared(grants, { target: move.to, spec, objects });
      if (message === undefined) continue;
      const entry = toEntry(move, {
        from: source === own ? undefined : [source],
        resources: [...new Set(known)],
        namespaces: namespaces.includes(undefined) ? undefined : namespaces,
      });
      const hint = `functions move only what moves allows: moves: [${entry}], with the resources of what the object owns`;
      return [{ path, message, hint }];
    }
  }
  return [];
}

/** The smallest entry of `moves` that allows a Move with these options, as it is written in the file. */
function toEntry(
  { to, ...move }: MoveParameters,
  { from, ...objects }: Readonly<Record<"from" | "resources" | "namespaces", unknown>>,
): string {
  const { pause, removeFinalizers, remade, leaveOwned, dropOwners, leaveData } = move;
  const { createNamespaces } = move;
  const lists = { pause, removeFinalizers, remade };
  const options = { ...lists, leaveOwned, dropOwners, leaveData, createNamespaces };
  const entry = { to: [to], from, ...objects, ...options };
  const keys = Object.entries(entry).flatMap(([key, value]) =>
    value === undefined || value === false ? [] : [`${key}: ${writeFlow(value)}`],
  );
  return `{ ${keys.join(", ")} }`;
}

/** A value as YAML in one line; what could be read as something else is quoted. */
function writeFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeFlow).join(", ")}]`;
  if (isObject(value)) {
    const keys = Object.entries(value).filter(([, one]) => one !== undefined);
    return `{ ${keys.map(([key, one]) => `${key}: ${writeFlow(one)}`).join(", ")} }`;
  }
  const text = String(value);
  return typeof value === "string" && !/^[A-Za-z][\w./-]*$/.test(text)
    ? JSON.stringify(value)
    : text;
}

/** The namespaces of the objects that move, as far as the rule names them; undefined stands for any, or none. */
function findNamespaces({ on }: Rule, { target }: MoveParameters): readonly (string | undefined)[] {
  const named = typeof target !== "string" && "namespace" in target ? target.namespace : undefined;
  return named === undefined ? (on.namespaces ?? [undefined]) : [named];
}

function findResourceOf({ on }: Rule, { target }: MoveParameters): string | undefined {
  if (target === "trigger") return on.resource;
  return "resource" in target ? target.resource : undefined;
}
