import { RECORD_GROUP } from "../../../events/remediation.ts";
import { findExpressions } from "../../actions/find-expressions.ts";
import { readsVariable } from "../../cel/reads-variable.ts";
import { readList, readOwn } from "../../json/read-json.ts";
import { suggestName } from "../../text/suggest.ts";
import type { MirrorParameters } from "../../actions/mirror/mirror-parameters.ts";
import { findMirror } from "../mirror-rule.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";
import { findOwnFault, readClusterNames } from "./parameters/unknown-clusters.ts";

type Path = PipelineIssue["path"];

/**
 * The faults of a rule that mirrors: keys that say something about single changes, which a mirror does not know, resources of which a copy
 * means nothing, and clusters that the pipeline does not name.
 */
export function findMirrorFaults(
  rule: Rule,
  document: unknown,
  index: number,
): readonly PipelineIssue[] {
  const mirror = findMirror(rule);
  if (mirror === undefined) return [];
  const path = ["rules", index];
  const written = readList(readOwn(document, "rules"))[index];
  return [
    ...findCompany(rule, path),
    ...findUselessKeys(written, path),
    ...findUnmirrored(rule, path),
    ...findForeignReads(rule, path),
    ...findUnknownClusters(rule, mirror.to, document, path),
    ...findOverlaps(rule, mirror, path),
    ...findUnmappable(rule, mirror, path),
  ];
}

/** Other actions would need a record of each change. */
function findCompany({ then }: Rule, path: Path): readonly PipelineIssue[] {
  const first = then.findIndex(({ action }) => action === "mirror");
  return then.flatMap(({ action }, index) => {
    if (index === first || action === "alert") return [];
    const here = [...path, "then", index];
    const message =
      action === "mirror"
        ? "a rule mirrors once: to names all clusters"
        : `${action} cannot stand beside mirror, which keeps copies equal and makes no record of a change`;
    return [{ path: here, message, hint: "write a rule of its own for it" }];
  });
}

const HINT_OF_CHANGES =
  "remove it: delete and left of the mirror say what becomes of a copy whose source is gone";

/** Keys of a rule, and why they mean nothing to a mirror. */
const USELESS: readonly (readonly [keys: readonly string[], why: string, hint?: string])[] = [
  [["on", "changes"], "a mirror keeps copies equal, whatever has changed", HINT_OF_CHANGES],
  [["on", "changed"], "a mirror keeps copies equal, whichever fields have changed", "remove it"],
  [["once"], "a mirror has no episodes: it keeps copies equal all the time"],
  [["for"], "a mirror does not wait: its copies are equal all the time"],
  [["at"], "a mirror does not wait: its copies are equal all the time"],
  [["guards", "maxPerHour"], "nothing counts what a mirror writes"],
  [["guards", "approveWithin"], "nobody approves what a mirror writes"],
];

function findUselessKeys(written: unknown, path: Path): readonly PipelineIssue[] {
  const useless = USELESS.flatMap(([keys, message, hint = "remove it"]) => {
    const value = keys.reduce<unknown>(readOwn, written);
    const here = [...path, ...keys];
    return value === undefined ? [] : [{ path: here, at: "key" as const, message, hint }];
  });
  return [
    ...useless,
    ...(readOwn(written, "initial") === "skip"
      ? [
          {
            path: [...path, "initial"],
            message: "a mirror copies the objects that exist at the first start too",
            hint: "remove it, or select fewer objects: its comparison would copy them anyway",
          },
        ]
      : []),
  ];
}

/** Resources whose objects mean something only in their own cluster. */
const BOUND: Readonly<Record<string, string>> = {
  nodes: "a Node is a machine of its cluster",
  events: "an Event is about an object of its cluster",
  "events.events.k8s.io": "an Event is about an object of its cluster",
  "leases.coordination.k8s.io": "a Lease is held by a process of its cluster",
  "csinodes.storage.k8s.io": "it describes a Node of its cluster",
  "volumeattachments.storage.k8s.io": "it describes a Node of its cluster",
  componentstatuses: "it describes its own cluster",
};

function findUnmirrored({ on: { resource } }: Rule, path: Path): readonly PipelineIssue[] {
  const isOwn = resource.endsWith(`.${RECORD_GROUP}`);
  const why = isOwn
    ? "it is Kubemend's own note about its cluster"
    : Object.hasOwn(BOUND, resource)
      ? BOUND[resource]
      : undefined;
  if (why === undefined) return [];
  const message = `${resource} cannot be mirrored: ${why}`;
  return [{ path: [...path, "on", "resource"], message }];
}

const FOREIGN = ["change", "references", "now"] as const;
const EXCEPT_NONE: ReadonlySet<string> = new Set();

/** Conditions and values of a mirror are computed again by comparisons, for which there is no change and no time. */
function findForeignReads({ where, then }: Rule, path: Path): readonly PipelineIssue[] {
  const index = then.findIndex(({ action }) => action === "mirror");
  const parameters = then[index]?.parameters;
  const expressions = [
    ...(where === undefined ? [] : [{ source: where, path: ["where"] }]),
    ...findExpressions("mirror", parameters).map(({ source, path: at }) => ({
      source,
      path: ["then", index, "mirror", ...at],
    })),
  ];
  return expressions.flatMap(({ source, path: at }) => {
    const read = FOREIGN.find((variable) => readsVariable(source, variable, EXCEPT_NONE));
    if (read === undefined) return [];
    const message = `${read} is not known here: a copy follows from its source alone, at any time`;
    return [{ path: [...path, ...at], message, hint: "use the fields of object, or cluster" }];
  });
}

function findUnknownClusters(
  rule: Rule,
  to: readonly string[],
  document: unknown,
  path: Path,
): readonly PipelineIssue[] {
  const { own, names } = readClusterNames(document);
  const index = rule.then.findIndex(({ action }) => action === "mirror");
  return to.flatMap((name, at) => {
    if (names.includes(name)) return [];
    const here = [...path, "then", index, "mirror", "to", at];
    if (name === own && rule.on.clusters === undefined) {
      const message = `${name} is the cluster that the objects are in`;
      return [{ path: here, message, hint: "name one of clusters" }];
    }
    if (name === own) {
      const fault = findOwnFault(rule, name);
      return fault === undefined ? [] : [{ path: here, ...fault }];
    }
    const near = suggestName(name, names);
    const list =
      names.length === 0
        ? "the pipeline names no clusters: add clusters: [{ name, access }]"
        : `clusters: ${names.join(", ")}`;
    const hint = near === undefined ? list : `did you mean ${near}? ${list}`;
    return [{ path: here, message: `the pipeline names no cluster ${name}`, hint }];
  });
}

/**
 * Namespaces that are mapped into one whose own objects are mirrored to the same place. The first writer in the source takes the places of the
 * others' copies.
 */
function findOverlaps(
  { on, then }: Rule,
  { namespaces }: MirrorParameters,
  path: Path,
): readonly PipelineIssue[] {
  const index = then.findIndex(({ action }) => action === "mirror");
  return Object.entries(namespaces).flatMap(([from, to]) => {
    if (Object.hasOwn(namespaces, to) || !mayCover(on, from) || !mayCover(on, to)) return [];
    const here = [...path, "then", index, "mirror", "namespaces", from];
    const message = `leads ${from} into ${to}, which the rule covers too: objects of both would be in each other's way`;
    const hint = `map ${to} to another namespace, or name the rule's namespaces, without it, in on.namespaces`;
    return [{ path: here, message, hint }];
  });
}

/** Whether a rule may cover objects of a namespace, or that Namespace itself. One that selects Namespaces says by its selector which. */
function mayCover(
  { resource, namespaces, labelSelector, fieldSelector = "" }: Rule["on"],
  namespace: string,
): boolean {
  if (resource === "namespaces") return labelSelector === undefined && fieldSelector === "";
  const [, only] = /(?:^|,)\s*metadata\.namespace\s*==?\s*([^,\s]+)/.exec(fieldSelector) ?? [];
  if (only !== undefined && only !== namespace) return false;
  return namespaces === undefined || namespaces.includes(namespace);
}

/** The accounts of role bindings are in any namespace, and follow the map. */
const NAMES_ACCOUNTS = /^(?:cluster)?rolebindings\.rbac\.authorization\.k8s\.io$/;

/** Namespaces that are mapped and that the rule does not cover: a slip would leave copies in the namespace of their sources. */
function findUnmappable(
  { on, then }: Rule,
  { namespaces }: MirrorParameters,
  path: Path,
): readonly PipelineIssue[] {
  if (NAMES_ACCOUNTS.test(on.resource) || on.namespaces === undefined) return [];
  const index = then.findIndex(({ action }) => action === "mirror");
  const covered = on.namespaces;
  return Object.keys(namespaces).flatMap((from) => {
    if (covered.includes(from)) return [];
    const here = [...path, "then", index, "mirror", "namespaces", from];
    const near = suggestName(from, covered);
    const list = `on.namespaces: ${covered.join(", ")}`;
    const hint = near === undefined ? list : `did you mean ${near}? ${list}`;
    return [
      { path: here, at: "key" as const, message: `the rule covers no objects of ${from}`, hint },
    ];
  });
}
