import { toRecordName } from "../../../events/ids.ts";
import { parseRemediationRequest, type RequestData } from "../../../events/request.ts";
import {
  toUnreadableVerdict,
  type RecordVerdict,
} from "../../../adapters/lambda/record-verdict.ts";
import { remediate } from "../record/remediate.ts";
import type { Run } from "../record/run.ts";
import { settle, type ProcessDeps } from "./settle.ts";

/**
 * One message of `remediations.fifo`: what is no request is poison; a record that has ended is acknowledged; one that waits or
 * that somebody holds is gone on with by a wake-up; all that may yet work comes again.
 */
export async function processMessage(
  body: string,
  deps: ProcessDeps,
  run: Run,
): Promise<RecordVerdict> {
  const parsed = parseRemediationRequest(body);
  if (parsed.outcome === "refused") return toUnreadableVerdict(parsed);
  const request = parsed.value;
  const fault = findForgery(request.data);
  if (fault !== undefined) return { outcome: "poison", code: "MalformedMessage", reason: fault };
  return settle(request.data.record, () => remediate(request, deps, run), deps, run);
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
