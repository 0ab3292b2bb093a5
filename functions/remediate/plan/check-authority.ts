import type { KubernetesObject } from "../../../events/change.ts";
import { isMove, readMoveSpec, toSelectedObjects } from "../../../events/moves/selected-objects.ts";
import type {
  ObjectAddress,
  ReadOperation,
  WriteOperation,
} from "../../../core/operations/operation.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import {
  findReachFault,
  findSystemFault,
  findTargetFault,
  type AuthorityFault,
  type AuthorityTarget,
} from "../../../core/decide/authority.ts";
import { toBindings } from "../../../core/decide/bindings.ts";
import { formatChangePath } from "../../../core/operations/change-path.ts";
import { toDrainedNode } from "../../../core/operations/fan-out.ts";
import {
  describeAddress,
  toOperationCluster,
} from "../../../core/operations/describe-operation.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { isRedactedChange } from "../../../core/redaction/redacted-change.ts";
import type { ActionContext } from "./action-context.ts";

/** The input for checking a stored plan. */
export type StoredPlanContext = Omit<ActionContext, "live" | "rule"> & {
  readonly rule: Pick<ActionContext["rule"], "reach" | "whereTarget" | "guards"> & {
    /** Its targets are the Pods of one Node, whatever their namespaces are: else the Node could not be drained. */
    readonly isDrain?: boolean;
  };
};

/** What an action reads must be within reach too, because its content may be written to records and alerts. */
export function checkReads(
  reads: readonly ReadOperation[],
  context: StoredPlanContext | ActionContext,
): AuthorityFault | undefined {
  return findFirst(
    reads.map(({ target }) => target),
    context,
    findReachFault,
  );
}

/**
 * Checks what an action writes: every object must be within reach, including the sources that are copied, and `whereTarget` must be
 * true for the live target. The check is the same for all actions, so that none can omit it.
 */
export function checkWrites(
  answer: {
    readonly operations: readonly WriteOperation[];
    readonly target?: KubernetesObject | undefined;
  },
  context: StoredPlanContext,
): AuthorityFault | undefined {
  const writes = answer.operations.filter(({ type }) => type !== "alert");
  if (writes.length === 0) return undefined;
  const { rule, record, catalog, now } = context;
  const { change, cluster } = record.spec;
  const fault =
    findPlaceFault(writes.flatMap(toTargets), context) ?? findRedactedFault(writes, context);
  if (fault !== undefined) return fault;
  // Each of many targets is judged before it is written to.
  if (answer.target === undefined && writes.every(({ type }) => type === "fanOut"))
    return undefined;
  return findTargetFault(rule, answer.target, (object) =>
    toBindings({ object, references: findReferences(object, catalog), change, cluster, now }),
  );
}

/**
 * The same for a plan that was stored and has waited, against the cluster as it is now: it may have been approved long after it was
 * made. A source that is gone or was replaced is left to its step, which refuses it with a better reason.
 */
export async function checkStoredWrites(
  operations: readonly WriteOperation[],
  context: StoredPlanContext,
  signal: AbortSignal,
): Promise<AuthorityFault | undefined> {
  for (const operation of operations) {
    const outOfReach = findPlaceFault(toTargets(operation), context);
    if (outOfReach !== undefined) return outOfReach;
    if (context.rule.whereTarget === undefined) continue;
    const target = await readJudged(operation, context, signal);
    if (target === undefined) continue;
    const catalog = await readActingCatalog(operation, context, signal);
    const fault = checkWrites({ operations: [operation], target }, { ...context, catalog });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

async function readActingCatalog(
  operation: WriteOperation,
  { executor, catalog }: StoredPlanContext,
  signal: AbortSignal,
): Promise<Catalog> {
  const cluster = toOperationCluster(operation);
  return cluster === undefined ? catalog : executor.readCatalog(cluster, signal);
}

/** The live state of the object that an operation is about; undefined if there is none, or if it is gone or was replaced. */
export async function readJudged(
  operation: WriteOperation,
  { executor }: Pick<StoredPlanContext, "executor">,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const source = toJudged(operation);
  if (source === undefined) return undefined;
  const answer = await executor.read({ type: "get", as: "source", target: source }, signal);
  const live = answer.type === "object" ? answer.object : null;
  const isSame = source.uid === undefined || live?.metadata.uid === source.uid;
  return isSame ? (live ?? undefined) : undefined;
}

/** Without a uid it is whichever object has the name now. */
type JudgedObject = ObjectAddress & { readonly uid?: string };

const NODES = { group: "", version: "v1", resource: "nodes", kind: "Node", namespace: null };

/** The object that `whereTarget` is about: the one that is changed or copied from. */
export function toJudged(operation: WriteOperation): JudgedObject | undefined {
  switch (operation.type) {
    case "create":
      return operation.specFrom.source;
    case "delete":
      // A run that makes way for another one: what the rule is about is the CronJob that is copied.
      return operation.unlessEnded === true
        ? undefined
        : { ...operation.target, uid: operation.uid };
    case "patch":
    case "evict":
      return { ...operation.target, uid: operation.uid };
    case "event":
      return operation.regarding;
    case "fanOut": {
      // Each of its targets is judged before it is written to. A drain is about the Node, whose Pods are selected by its name.
      const node = toDrainedNode(operation);
      if (node === undefined) return undefined;
      return { ...NODES, name: node, cluster: toOperationCluster(operation) };
    }
    case "createManifest":
    case "awaitGone":
    case "verify":
    case "alert":
    // It is checked when it is planned.
    case "onFailure":
      return undefined;
  }
}

/** The objects from which an operation copies, and those that it writes. */
export function toTargets(operation: WriteOperation): readonly AuthorityTarget[] {
  switch (operation.type) {
    case "create":
      return [operation.target, operation.specFrom.source];
    case "patch":
      return [operation.target, ...(operation.template ? [operation.template.source] : [])];
    case "event":
      // That of an object without a namespace is in one that the rule need not reach.
      return [operation.regarding];
    case "createManifest": {
      // A Move itself is beside the records, whatever it moves.
      const moved = readMoveSpec(operation);
      return moved === undefined ? [operation.target] : toSelectedObjects(moved);
    }
    case "verify":
      return isMove(operation) ? [] : [operation.target];
    case "awaitGone":
    case "delete":
    case "evict":
      return [operation.target];
    case "fanOut":
      return operation.collections;
    case "alert":
    case "onFailure":
      return [];
  }
}

/** A plan is stored, so it holds no value that must not leave the cluster. */
function findRedactedFault(
  operations: readonly WriteOperation[],
  { pipeline }: StoredPlanContext,
): AuthorityFault | undefined {
  for (const operation of operations) {
    if (operation.type !== "patch") continue;
    const { target, changes } = operation;
    const found = changes.find(({ path }) => isRedactedChange(pipeline, target, path));
    if (found === undefined) continue;
    const message = `${formatChangePath(found.path)} of ${describeAddress(target)} never leaves the cluster, so no rule can change it: change another field, or remove the path from redact`;
    return { code: "RedactedField", message };
  }
  return undefined;
}

/** Why one of the targets is in a place in which the rule must not act. */
function findPlaceFault(
  targets: readonly AuthorityTarget[],
  context: Pick<StoredPlanContext, "rule" | "record">,
): AuthorityFault | undefined {
  const outOfReach = findFirst(targets, context, findReachFault);
  if (outOfReach !== undefined || context.rule.isDrain === true) return outOfReach;
  return findFirst(targets, context, findSystemFault);
}

function findFirst(
  targets: readonly AuthorityTarget[],
  { rule, record }: Pick<StoredPlanContext, "rule" | "record">,
  find: typeof findReachFault,
): AuthorityFault | undefined {
  for (const target of targets) {
    const fault = find(rule.reach, record.spec.trigger, target);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
