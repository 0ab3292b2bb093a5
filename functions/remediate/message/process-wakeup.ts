import { parseWakeupMessage, type WakeupMessage } from "../../../events/wakeup.ts";
import {
  toUnreadableVerdict,
  type MessageVerdict,
} from "../../../adapters/lambda/message-verdict.ts";
import { settle, type ProcessDeps } from "./settle.ts";
import { isEnded } from "../../../core/records/phase.ts";
import { resume } from "../record/remediate.ts";
import type { Run } from "../record/run.ts";

/** A shorter time is not worth another pass through the queue: SQS delays by whole seconds. */
const EARLY_TOLERANCE_MS = 1_000;

/**
 * Processes one message of `wakeups`. One that is due continues its record. One that arrives early, because SQS delays by 15 minutes at
 * most, is sent again if it is the wake-up that the record waits for; any other is acknowledged, so that a forged one is not carried on.
 * If the record is gone, or has ended, the message is acknowledged.
 */
export async function processWakeup(
  body: string,
  deps: ProcessDeps,
  run: Run,
): Promise<MessageVerdict> {
  const parsed = parseWakeupMessage(body);
  if (parsed.outcome === "refused") return toUnreadableVerdict(parsed);
  const wakeup = parsed.value;
  const isEarly = Date.parse(wakeup.data.due) - deps.now() > EARLY_TOLERANCE_MS;
  return settle(
    wakeup.data.record.name,
    async () => {
      if (!isEarly) return resume(wakeup, deps, run);
      if (await isAwaited(wakeup, deps, run.signal)) await deps.sendWakeup(wakeup, run.signal);
      return { outcome: "over" };
    },
    deps,
    run,
  );
}

/** Whether the record waits for exactly this time, or is held by a run until then. */
async function isAwaited(
  { data }: WakeupMessage,
  { records }: ProcessDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const record = await records.read(data.record.name, signal);
  if (record?.metadata.uid !== data.record.uid) return false;
  const { phase, wakeAt, holdUntil } = record.status ?? { phase: "Pending" };
  return !isEnded(phase) && (data.due === wakeAt || data.due === holdUntil);
}
