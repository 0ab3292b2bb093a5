import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { isMarked } from "../../../core/operations/change-marks.ts";
import type {
  AlertOperation,
  SingleOperation,
  VerifyOperation,
} from "../../../core/operations/operation.ts";
import { findDifference } from "../../../adapters/kubernetes/remediation/is-ours.ts";
import { findRule } from "../../../core/records/find-rule.ts";
import { parsePlan } from "../../../core/records/plan.ts";
import type { RecordEnd } from "../../../core/records/record-end.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { readRecordMatch, type MatchDeps } from "./live-match.ts";

/** What ends a record whose first write has failed so far. A trigger that has vanished meanwhile does not: its remediation has begun. */
const ENDING: ReadonlySet<string> = new Set([
  "NotSelected",
  "ConditionNoLongerHolds",
  "EpisodeOver",
]);

/**
 * Why a plan whose first write has failed is not tried again: since then the trigger's label was taken off, or its state is over. Undefined
 * if something was written, also by an attempt that never learned it: what has begun is finished by its plan. A rule that has changed
 * says nothing about it.
 */
export async function findRetryProblem(
  record: RemediationRecord,
  deps: MatchDeps & { readonly pipeline: Pipeline },
  signal: AbortSignal,
): Promise<RecordEnd | undefined> {
  const { status } = record;
  if (status?.attempts === undefined) return undefined;
  const steps = status.steps ?? [];
  const operations = parsePlan(status);
  const rule = findRule(record, deps.pipeline);
  if (!operations.ok || !rule.ok || steps.some(({ state }) => state === "done")) return undefined;
  const started = operations.value[steps.findIndex(({ state }) => state === "started")];
  if (started === undefined || started.type === "verify" || started.type === "alert")
    return undefined;
  const match = await readRecordMatch(record, rule.value, deps, signal);
  if (match.ok || !ENDING.has(match.error.reason)) return undefined;
  if (started.type === "fanOut") {
    // A page is saved before its first write.
    const isUntouched = steps.every(({ targets }) => targets === undefined);
    return isUntouched ? match.error : undefined;
  }
  const { target } = started;
  const answer = await deps.executor.read({ type: "get", as: "target", target }, signal);
  const existing = answer.type === "object" ? answer.object : null;
  return isCarriedOut(started, existing, record) ? undefined : match.error;
}

function isCarriedOut(
  operation: Exclude<SingleOperation, VerifyOperation | AlertOperation>,
  existing: KubernetesObject | null,
  record: RemediationRecord,
): boolean {
  switch (operation.type) {
    case "create":
      return existing !== null && findDifference(existing, operation, record) === undefined;
    case "patch":
      // A write without marks may have been carried out.
      return existing !== null && (operation.marks === undefined || isMarked(existing, operation));
    case "delete":
    case "evict":
      return (
        existing?.metadata.uid !== operation.uid ||
        existing.metadata["deletionTimestamp"] !== undefined
      );
  }
}
