import type { KubernetesObject } from "../../../events/change.ts";
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
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { isRedactedChange } from "../../../core/redaction/redacted-change.ts";
import type { ActionContext } from "./action-context.ts";

/** The input for checking a stored plan. */
export type StoredPlanContext = Omit<ActionContext, "live" | "rule"> & {
  readonly rule: Pick<Rule, "reach" | "whereTarget"> & {
    readonly guards?: Pick<Rule["guards"], "optIn">;
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
  const targets = writes.flatMap(toTargets);
  const fault =
    findFirst(targets, context) ??
    findFirstSystem(targets, context) ??
    findRedactedFault(writes, context);
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
    const targets = toTargets(operation);
    const outOfReach = findFirst(targets, context) ?? findFirstSystem(targets, context);
    if (outOfReach !== undefined) return outOfReach;
    const source = toJudged(operation);
    if (source === undefined || context.rule.whereTarget === undefined) continue;
    const read = { type: "get", as: "source", target: source } as const;
    const answer = await context.executor.read(read, signal);
    const target = answer.type === "object" ? answer.object : null;
    if (target?.metadata.uid !== source.uid) continue;
    const fault = checkWrites({ operations: [operation], target }, context);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The object that `whereTarget` is about: the one that is changed or copied from. */
export function toJudged(
  operation: WriteOperation,
): (ObjectAddress & { readonly uid: string }) | undefined {
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
    case "createManifest":
    case "awaitGone":
    case "verify":
    case "alert":
    // Each of its targets is judged before it is written to.
    case "fanOut":
    // It is checked when it is planned.
    case "onFailure":
      return undefined;
  }
}

/** What an operation reads its values from, and what it writes. */
export function toTargets(operation: WriteOperation): readonly AuthorityTarget[] {
  switch (operation.type) {
    case "create":
      return [operation.target, operation.specFrom.source];
    case "patch":
      return [operation.target, ...(operation.template ? [operation.template.source] : [])];
    case "event":
      // That of an object without a namespace is in one that the rule need not reach.
      return [operation.regarding];
    case "createManifest":
    case "awaitGone":
    case "delete":
    case "evict":
    case "verify":
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

function findFirstSystem(
  targets: readonly AuthorityTarget[],
  { rule, record }: Pick<StoredPlanContext, "rule" | "record">,
): AuthorityFault | undefined {
  if (rule.isDrain === true) return undefined;
  for (const target of targets) {
    const fault = findSystemFault(rule.reach, record.spec.trigger, target);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function findFirst(
  targets: readonly AuthorityTarget[],
  { rule, record }: Pick<StoredPlanContext, "rule" | "record">,
): AuthorityFault | undefined {
  for (const target of targets) {
    const fault = findReachFault(rule.reach, record.spec.trigger, target);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
