import { parseWakeupMessage } from "../../../events/wakeup.ts";
import {
  toUnreadableVerdict,
  type MessageVerdict,
} from "../../../adapters/lambda/message-verdict.ts";
import { settle, type ProcessDeps } from "./settle.ts";
import { resume } from "../record/remediate.ts";
import type { Run } from "../record/run.ts";

/** A shorter time is not worth another pass through the queue: SQS delays by whole seconds. */
const EARLY_TOLERANCE_MS = 1_000;

/**
 * Processes one message of `wakeups`. A wake-up that arrives early is sent again for the remaining time; one that is due continues its
 * record. If the record is gone, or has ended, the message is acknowledged.
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
      await deps.sendWakeup(wakeup, run.signal);
      return { outcome: "over" };
    },
    deps,
    run,
  );
}
