import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { isObject, readField, readList, readTextMap } from "../../../core/json/read-json.ts";
import { containsAll } from "../../../core/operations/contains-all.ts";
import { toCreationMarks } from "../../../core/operations/creation-marks.ts";
import type {
  CreateOperation,
  ManifestOperation,
  OwnerReference,
} from "../../../core/operations/operation.ts";

/**
 * Why an object is not the one that an operation of this record makes; undefined if it is. Whoever may create objects may take the name
 * first and copy annotations, so the owners are compared too and, if it is known what would be sent, the spec: the API server adds
 * defaults and admission may add fields, but what was sent is there.
 */
export function findDifference(
  object: KubernetesObject,
  operation: CreateOperation | ManifestOperation,
  record: RemediationRecord,
  sentSpec?: unknown,
): string | undefined {
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  for (const [name, value] of Object.entries(toCreationMarks(operation, record))) {
    if (annotations[name] !== value) return `its annotation ${name} is not ${value}`;
  }
  const owners = readList(readField(object, "metadata", "ownerReferences"));
  for (const owner of operation.metadata.ownerReferences ?? []) {
    if (owners.some((existing) => isSameOwner(existing, owner))) continue;
    return `it is not owned by ${owner.kind} ${owner.name} (${owner.uid})`;
  }
  if (sentSpec === undefined || hasSpec(object, sentSpec)) return undefined;
  if (operation.type === "createManifest") return "its spec is not that of the plan";
  const { kind, name } = operation.specFrom.source;
  return `its spec is not that of ${kind} ${name}`;
}

function isSameOwner(existing: unknown, owner: OwnerReference): boolean {
  return (
    readField(existing, "uid") === owner.uid &&
    readField(existing, "kind") === owner.kind &&
    readField(existing, "name") === owner.name &&
    (readField(existing, "controller") === true) === (owner.controller === true)
  );
}

/** Fields of a Job that its controllers may have changed since: queues suspend and resume Jobs, autoscalers resize them. */
const CHANGED_LATER: ReadonlySet<string> = new Set([
  "suspend",
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
]);

function hasSpec(object: KubernetesObject, sent: unknown): boolean {
  const fixed = isObject(sent)
    ? Object.fromEntries(Object.entries(sent).filter(([key]) => !CHANGED_LATER.has(key)))
    : sent;
  return containsAll(readField(object, "spec"), fixed);
}
