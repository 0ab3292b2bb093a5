import type { KubernetesObject } from "../../../events/change.ts";
import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import { isMarked } from "../../../core/operations/change-marks.ts";
import type {
  AlertOperation,
  AwaitGoneOperation,
  OnFailureOperation,
  SingleOperation,
  VerifyOperation,
  WriteOperation,
} from "../../../core/operations/operation.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
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
  const first = findFirstWrite(record);
  if (first === undefined) return undefined;
  const problem = await confirmMatch(record, deps, signal);
  if (problem === undefined || VANISHED.has(problem.reason)) return undefined;
  if (problem.reason === "RuleChanged" && !deps.hasWaited) return undefined;
  return (await isUnwritten(first.operation, record, deps, signal)) ? problem : undefined;
}

/**
 * The status as it was before its first write was started, if that was started by an earlier run and nothing has been written: guards and
 * target are asked for again then, because that run may have ended before it took the target, and people may have paused the rule since.
 */
export async function withoutUnwritten(
  record: RemediationRecord & { readonly status: RecordStatus },
  deps: { readonly executor: Pick<Executor, "read"> },
  signal: AbortSignal,
): Promise<RecordStatus> {
  const { status } = record;
  const first = findFirstWrite(record);
  if (first === undefined || !(await isUnwritten(first.operation, record, deps, signal))) {
    return status;
  }
  const steps = status.steps?.map((step, index) =>
    index === first.index ? { ...step, state: "planned" as const } : step,
  );
  return { ...status, steps };
}

type FirstWrite = Exclude<
  WriteOperation,
  VerifyOperation | AwaitGoneOperation | AlertOperation | OnFailureOperation
>;

/** The write that has started, if no step has been done, and the write itself does not say that it has had an effect. */
function findFirstWrite({
  status = { phase: "Pending" },
}: RemediationRecord): { readonly index: number; readonly operation: FirstWrite } | undefined {
  const { steps = [] } = status;
  const operations = parsePlan(status);
  if (!operations.ok || steps.some(({ state }) => state === "done")) return undefined;
  const index = steps.findIndex(({ state }) => state === "started");
  const operation = operations.value[index];
  if (operation === undefined) return undefined;
  switch (operation.type) {
    case "verify":
    case "awaitGone":
    case "alert":
    case "onFailure":
      return undefined;
    case "fanOut":
      return steps.some(mayHaveWritten) ? undefined : { index, operation };
    case "create":
    case "createManifest":
    case "patch":
    case "delete":
    case "evict":
    case "event":
      return { index, operation };
  }
}

/** Whether nothing was written, not even by an attempt that never learned it. */
async function isUnwritten(
  operation: FirstWrite,
  record: RemediationRecord,
  { executor }: { readonly executor: Pick<Executor, "read"> },
  signal: AbortSignal,
): Promise<boolean> {
  if (operation.type === "fanOut") return true;
  const { target } = operation;
  const answer = await executor.read({ type: "get", as: "target", target }, signal);
  const existing = answer.type === "object" ? answer.object : null;
  return !isCarriedOut(operation, existing, record);
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
