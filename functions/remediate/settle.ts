import { toFailureVerdict, type RecordVerdict } from "../../adapters/lambda/record-verdict.ts";
import { toRecordPath } from "../../adapters/kubernetes/records.ts";
import type { SendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { isKubemendError } from "../../core/errors.ts";
import { toWakeup } from "../../core/records/wakeup.ts";
import { isTemporary } from "./is-temporary.ts";
import type { RemediateDeps, RemediationResult, Run } from "./remediate.ts";

/** A conflict's other writer is at work at this very moment. */
const LOST_PAUSE_SECONDS = 5;

export type ProcessDeps = RemediateDeps & {
  readonly sendWakeup: SendWakeup;
  /** Called once for each record that a message brought to its end. */
  readonly onEnded: (
    result: RemediationResult & { readonly outcome: "ended" },
    run: Run,
  ) => Promise<void> | void;
};

/**
 * What becomes of a message, by what its work on the record came to. A record that waits, or that another executor holds, has a
 * wake-up sent and the message acknowledged: a queue's receives are for failures. All that may yet work comes again.
 */
export async function settle(
  name: string,
  work: () => Promise<RemediationResult>,
  deps: ProcessDeps,
  run: Run,
): Promise<RecordVerdict> {
  try {
    const result = await work();
    switch (result.outcome) {
      case "ended":
        await deps.onEnded(result, run);
        return { outcome: "done" };
      case "over":
        return { outcome: "done" };
      case "waiting":
        await wakeAt(result, deps, run);
        return { outcome: "done" };
      case "lost":
      case "parked":
      case "misdirected":
        return toVerdict(result, name);
    }
  } catch (error) {
    // The record itself could not be made: what the request says is at fault, or the installation, which an operator mends.
    if (!isKubemendError(error) || error.code === "Invalid") return toFailureVerdict(error);
    if (isTemporary(error) && error.retryable) return toFailureVerdict(error);
    return { outcome: "retry", code: error.code, reason: error.message };
  }
}

function toVerdict(
  result: RemediationResult & { readonly outcome: "lost" | "parked" | "misdirected" },
  name: string,
): RecordVerdict {
  switch (result.outcome) {
    case "lost":
      return {
        outcome: "retry",
        code: "Conflict",
        reason: `record ${name} was written by somebody else: ${result.message}`,
        delaySeconds: LOST_PAUSE_SECONDS,
      };
    case "parked":
      return {
        outcome: "retry",
        code: "Parked",
        reason: `record ${name} is in phase ${result.phase}, which this version does not carry on from`,
      };
    case "misdirected":
      return { outcome: "poison", code: "WrongCluster", reason: result.message };
  }
}

async function wakeAt(
  { record, until: due }: RemediationResult & { readonly outcome: "waiting" },
  deps: ProcessDeps,
  run: Run,
): Promise<void> {
  const subject = toRecordPath(record.metadata);
  const now = new Date(deps.now()).toISOString();
  await deps.sendWakeup(toWakeup({ record, subject, due, now }), run.signal);
}
