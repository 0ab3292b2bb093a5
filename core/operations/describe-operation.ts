import { describeSelected, readMoveSpec } from "../../events/moves/selected-objects.ts";
import { describeJson } from "../json/describe-json.ts";
import { formatChangePath } from "./change-path.ts";
import { describeFanOut } from "./describe-fan-out.ts";
import type { CopiedTemplate, FieldChange, ObjectAddress, WriteOperation } from "./operation.ts";

const VERBS = {
  create: ["create", "created"],
  createManifest: ["create", "created"],
  patch: ["change", "changed"],
  delete: ["delete", "deleted"],
  evict: ["evict", "evicted"],
  event: ["report", "reported"],
} as const;

const CHANGES_SHOWN = 5;
const VALUE_MAX_LENGTH = 60;

/**
 * Describes a write for people: `change Deployment data/web: spec.replicas 1 -> 3`, or `changed ...` once it is done. Undefined if it
 * writes nothing to the cluster. `object` is what the API server answered with.
 */
export function describeOperation(
  operation: WriteOperation,
  isDone = false,
  object?: Parameters<typeof describeAddress>[0],
): string | undefined {
  const { type } = operation;
  if (type === "verify" || type === "awaitGone" || type === "alert" || type === "onFailure") {
    return undefined;
  }
  if (type === "fanOut") return describeFanOut(operation);
  const verb = VERBS[type][isDone ? 1 : 0];
  if (operation.type === "event") {
    const { eventType, reason, regarding, note } = operation;
    return `${verb} ${eventType} ${reason} on ${describeAddress(regarding)}: ${note}`;
  }
  const what = `${verb} ${describeAddress(object ?? operation.target)}`;
  const moved = operation.type === "createManifest" ? readMoveSpec(operation) : undefined;
  if (moved !== undefined) return `${what}: moves ${describeSelected(moved)}`;
  if (operation.type !== "patch") return what;
  const { template, changes } = operation;
  const copied = template === undefined ? [] : [`spec.template as in ${toSource(template)}`];
  return `${what}: ${[...copied, describeChanges(changes)].join(", ")}`;
}

function toSource({ source: { kind, name } }: CopiedTemplate): string {
  return `${kind} ${name}`;
}

/** `Deployment data/web`, or `Deployment data/web in cluster backup`. */
export function describeAddress({
  kind,
  namespace,
  name,
  cluster,
}: Pick<ObjectAddress, "kind" | "namespace" | "name" | "cluster">): string {
  const where = cluster === undefined ? "" : ` in cluster ${cluster}`;
  return `${kind} ${namespace === null ? "" : `${namespace}/`}${name}${where}`;
}

function describeChanges(changes: readonly FieldChange[]): string {
  const shown = changes
    .slice(0, CHANGES_SHOWN)
    .map(
      ({ path, from, to }) =>
        `${formatChangePath(path)} ${describeValue(from)} -> ${describeValue(to)}`,
    );
  const rest = changes.length - shown.length;
  return `${shown.join(", ")}${rest > 0 ? `, and ${rest} more` : ""}`;
}

/** A value of a field in a message, shortened. */
export function describeValue(value: unknown): string {
  return value === undefined ? "(none)" : describeJson(value, VALUE_MAX_LENGTH);
}

/** The name of the other cluster in which an operation is carried out; undefined: the pipeline's own, or none. */
export function toOperationCluster(operation: WriteOperation): string | undefined {
  if (operation.type === "alert" || operation.type === "onFailure") return undefined;
  return operation.type === "fanOut" ? operation.collections[0]?.cluster : operation.target.cluster;
}
