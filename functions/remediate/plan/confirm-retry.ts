import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { isMarked } from "../../../core/operations/change-marks.ts";
import type {
  AlertOperation,
  AwaitGoneOperation,
  SingleOperation,
  VerifyOperation,
} from "../../../core/operations/operation.ts";
import { isReported } from "../../../adapters/kubernetes/remediation/execute-event.ts";
import { findDifference } from "../../../adapters/kubernetes/remediation/is-ours.ts";
import { parsePlan } from "../../../core/records/plan.ts";
import { mayHaveWritten } from "../../../core/records/targets/progress.ts";
import type { RecordEnd } from "../../../core/records/record-end.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { confirmMatch, type MatchDeps } from "./live-match.ts";

/** Reasons that do not end a record whose first write has started: its remediation is finished although its trigger has vanished meanwhile. */
const VANISHED: ReadonlySet<string> = new Set(["TriggerGone", "TriggerReplaced"]);

/**
 * Why a plan whose first write has started, and has waited or failed or was interrupted, is not continued: since then its rule no longer
 * selects or covers what is written to, or the trigger's state is over; or, if it has waited, the rule was changed. Undefined if something
 * was written, also by an attempt that never learned it: what has begun is finished by its plan.
 */
export async function findRetryProblem(
  record: RemediationRecord,
  deps: MatchDeps & {
    readonly pipeline: Pipeline;
    /** The write itself waits, as an eviction does; it did not fail, and its run did not die. */
    readonly hasWaited: boolean;
  },
  signal: AbortSignal,
): Promise<RecordEnd | undefined> {
  const steps = record.status?.steps ?? [];
  const operations = parsePlan(record.status ?? { phase: "Pending" });
  if (!operations.ok || steps.some(({ state }) => state === "done")) return undefined;
  const started = operations.value[steps.findIndex(({ state }) => state === "started")];
  if (started === undefined) return undefined;
  if (started.type === "verify" || started.type === "awaitGone") return undefined;
  if (started.type === "alert" || started.type === "onFailure") return undefined;
  if (started.type === "fanOut" && steps.some(mayHaveWritten)) return undefined;
  const problem = await confirmMatch(record, deps, signal);
  if (problem === undefined || VANISHED.has(problem.reason)) return undefined;
  if (problem.reason === "RuleChanged" && !deps.hasWaited) return undefined;
  if (started.type === "fanOut") return problem;
  const { target } = started;
  const answer = await deps.executor.read({ type: "get", as: "target", target }, signal);
  const existing = answer.type === "object" ? answer.object : null;
  return isCarriedOut(started, existing, record) ? undefined : problem;
}

function isCarriedOut(
  operation: Exclude<SingleOperation, VerifyOperation | AwaitGoneOperation | AlertOperation>,
  existing: KubernetesObject | null,
  record: RemediationRecord,
): boolean {
  switch (operation.type) {
    case "create":
    case "createManifest":
      return existing !== null && findDifference(existing, operation, record) === undefined;
    case "patch":
      // A write without marks may have been carried out.
      return existing !== null && (operation.marks === undefined || isMarked(existing, operation));
    case "event":
      return existing !== null && isReported(existing, operation);
    case "delete":
    case "evict":
      return (
        existing?.metadata.uid !== operation.uid ||
        existing.metadata["deletionTimestamp"] !== undefined
      );
  }
}
