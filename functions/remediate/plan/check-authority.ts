import type { KubernetesObject } from "../../../events/change.ts";
import type { ReadOperation, WriteOperation } from "../../../core/operations/operation.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import {
  findReachFault,
  findTargetFault,
  type AuthorityFault,
  type AuthorityTarget,
} from "../../../core/decide/authority.ts";
import { toBindings } from "../../../core/decide/bindings.ts";
import type { ActionContext } from "./action-context.ts";

/** The input for checking a stored plan. */
export type StoredPlanContext = Omit<ActionContext, "live">;

/** What an action reads must be within reach too, because its content may be written to records and alerts. */
export function checkReads(
  reads: readonly ReadOperation[],
  context: ActionContext,
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
  return (
    findFirst(writes.flatMap(toTargets), context) ??
    findTargetFault(rule, answer.target, (object) =>
      toBindings({ object, references: findReferences(object, catalog), change, cluster, now }),
    )
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
    const outOfReach = findFirst(toTargets(operation), context);
    if (outOfReach !== undefined) return outOfReach;
    if (operation.type !== "create" || context.rule.whereTarget === undefined) continue;
    const { source } = operation.specFrom;
    const read = { type: "get", as: "source", target: source } as const;
    const answer = await context.executor.read(read, signal);
    const target = answer.type === "object" ? answer.object : null;
    if (target?.metadata.uid !== source.uid) continue;
    const fault = checkWrites({ operations: [operation], target }, context);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function toTargets(operation: WriteOperation): readonly AuthorityTarget[] {
  switch (operation.type) {
    case "create":
      return [operation.target, operation.specFrom.source];
    case "verify":
      return [operation.target];
    case "alert":
      return [];
  }
}

function findFirst(
  targets: readonly AuthorityTarget[],
  { rule, record }: Pick<ActionContext, "rule" | "record">,
): AuthorityFault | undefined {
  for (const target of targets) {
    const fault = findReachFault(rule.reach, record.spec.trigger, target);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
