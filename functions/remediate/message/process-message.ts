import { isTooOld } from "../../../events/age.ts";
import { toRecordName } from "../../../events/ids.ts";
import { parseRemediationRequest, type RequestData } from "../../../events/request.ts";
import {
  toUnreadableVerdict,
  type MessageVerdict,
} from "../../../adapters/lambda/message-verdict.ts";
import { beginRequest } from "../record/remediate.ts";
import type { Run } from "../record/run.ts";
import { settle, toErrorVerdict, type ProcessDeps } from "./settle.ts";

/**
 * Begins one message of `remediations.fifo`: obtains its record. The returned rest of the work decides what becomes of the message:
 * if the record has ended, it is acknowledged; if the record waits, or another executor holds it, a wake-up continues it. A message
 * that is not a request is poison. It is retried only if the record itself cannot be created, read or saved.
 */
export async function beginMessage(
  body: string,
  deps: ProcessDeps,
  run: Run,
): Promise<() => Promise<MessageVerdict>> {
  const parsed = parseRemediationRequest(body);
  if (parsed.outcome === "refused") return toVerdict(toUnreadableVerdict(parsed));
  const request = parsed.value;
  const fault = findForgery(request.data);
  if (fault !== undefined) {
    return toVerdict({ outcome: "poison", code: "MalformedMessage", reason: fault });
  }
  try {
    const isOld = run.isSigned === true && isTooOld(request.time, deps.now());
    const trust = isOld ? { isSigned: false, isForeign: true } : {};
    const rest = await beginRequest(request, deps, { ...run, ...trust });
    return () => settle(request.data.record, rest, deps, run);
  } catch (error) {
    return toVerdict(toErrorVerdict(error));
  }
}

/** Processes one message on its own: begins it, and does the rest. */
export async function processMessage(
  body: string,
  deps: ProcessDeps,
  run: Run,
): Promise<MessageVerdict> {
  const rest = await beginMessage(body, deps, run);
  return rest();
}

function toVerdict(verdict: MessageVerdict): () => Promise<MessageVerdict> {
  return () => Promise.resolve(verdict);
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
