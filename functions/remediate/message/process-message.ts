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
 * Processes one message of `remediations.fifo`. A message that is not a request is poison. If the record has ended, the message is
 * acknowledged; if the record waits, or another executor holds it, a wake-up continues it; a temporary failure is retried.
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

/** The record's name is the idempotency key: under another name the same episode would be remediated again. */
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
