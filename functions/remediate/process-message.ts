import { toRecordName } from "../../events/ids.ts";
import {
  parseRemediationRequest,
  type RemediationRequest,
  type RequestData,
} from "../../events/request.ts";
import { toFailureVerdict, type RecordVerdict } from "../../adapters/lambda/record-verdict.ts";
import { isKubemendError } from "../../core/errors.ts";
import { isTemporary } from "./is-temporary.ts";
import { remediate, type RemediateDeps, type RemediationResult, type Run } from "./remediate.ts";

/** A conflict's other writer is at work at this very moment. */
const LOST_PAUSE_SECONDS = 5;
const PAUSE_MAX_SECONDS = 900;

export type ProcessDeps = RemediateDeps & {
  /** Called once for each record that this message brought to its end. */
  readonly onEnded: (result: RemediationResult & { readonly outcome: "ended" }) => void;
};

/**
 * One message of `remediations.fifo`: what is no request is poison; a record that has ended is acknowledged; one that somebody
 * holds comes again when that claim is over; all that may yet work comes again.
 */
export async function processMessage(
  body: string,
  deps: ProcessDeps,
  run: Run,
): Promise<RecordVerdict> {
  const parsed = parseRemediationRequest(body);
  if (parsed.outcome === "refused") {
    const { code, reason } = parsed;
    return code === "newer"
      ? { outcome: "retry", code: "NewerContract", reason }
      : { outcome: "poison", code: "MalformedMessage", reason };
  }
  const fault = findForgery(parsed.value.data);
  if (fault !== undefined) return { outcome: "poison", code: "MalformedMessage", reason: fault };
  return carryOut(parsed.value, deps, run);
}

/** The name is the idempotency: under another one the same episode would be remediated again. */
function findForgery({
  cluster,
  rule,
  trigger,
  onceKey,
  mode,
  record,
}: RequestData): string | undefined {
  const name = toRecordName({
    clusterUid: cluster.uid,
    ruleId: rule.id,
    objectUid: trigger.uid,
    onceKey,
    mode,
  });
  return name === record ? undefined : `record ${record} is not the name of its episode, ${name}`;
}

async function carryOut(
  request: RemediationRequest,
  deps: ProcessDeps,
  run: Run,
): Promise<RecordVerdict> {
  try {
    const result = await remediate(request, deps, run);
    if (result.outcome === "ended") deps.onEnded(result);
    return toVerdict(result, request.data.record, deps.now());
  } catch (error) {
    // The record itself could not be made: what the request says is at fault, or the installation, which an operator mends.
    if (!isKubemendError(error) || error.code === "Invalid") return toFailureVerdict(error);
    if (isTemporary(error) && error.retryable) return toFailureVerdict(error);
    return { outcome: "retry", code: error.code, reason: error.message };
  }
}

function toVerdict(result: RemediationResult, record: string, nowMs: number): RecordVerdict {
  switch (result.outcome) {
    case "ended":
    case "over":
      return { outcome: "done" };
    case "held": {
      const seconds = Math.ceil((Date.parse(result.holdUntil) - nowMs) / 1000) + 1;
      return {
        outcome: "retry",
        code: "Held",
        reason: `record ${record} is held by another executor until ${result.holdUntil}`,
        delaySeconds: Math.min(Math.max(seconds, 1), PAUSE_MAX_SECONDS),
      };
    }
    case "lost":
      return {
        outcome: "retry",
        code: "Conflict",
        reason: `record ${record} was written by somebody else: ${result.message}`,
        delaySeconds: LOST_PAUSE_SECONDS,
      };
    case "parked":
      return {
        outcome: "retry",
        code: "Parked",
        reason: `record ${record} is in phase ${result.phase}, which this version does not carry on from`,
      };
    case "misdirected":
      return { outcome: "poison", code: "WrongCluster", reason: result.message };
  }
}
