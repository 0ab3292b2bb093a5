import type { Verify } from "../signing/verify.ts";
import { boundAttempts } from "./bound-attempts.ts";
import { shorten } from "../../core/text/shorten.ts";
import { REASON_MAX_LENGTH, sendToDeadLetters, type DeadLetterDeps } from "./dead-letter.ts";
import { OUT_OF_TIME, toFailureVerdict, type MessageVerdict } from "./message-verdict.ts";
import { toPauseSeconds } from "./retry-backoff.ts";
import type { SettledVerdict } from "./run-lanes.ts";
import type { SqsRecord } from "./sqs-event.ts";
import type { MessageContext, SqsProcess } from "./sqs-process.ts";

/**
 * Processes one message, moves it to the dead-letter queue if it is poison, and logs and counts the verdict. Never throws.
 * If the dead-letter queue does not accept the message, the message is retried; unless it is not signed, and the queue will never accept
 * it: then it is dropped, which is logged and counted, because anybody may have sent it, and it would hold its group.
 */
export async function settleMessage(
  deps: DeadLetterDeps & {
    readonly process: SqsProcess;
    readonly retryBackoffMaxSeconds?: number | undefined;
    readonly verify?: Verify | undefined;
  },
  message: SqsRecord,
  context: MessageContext,
): Promise<SettledVerdict> {
  const { logger, count } = context.telemetry;
  const judged = context.signal.aborted
    ? OUT_OF_TIME
    : await boundAttempts(await judge(deps, message, context), message, deps.verify);
  const verdict = await buryPoison(deps, message, context, shortenReason(judged));
  if (verdict.outcome === "done") {
    count("Done");
    return verdict;
  }
  const { messageId } = message;
  const { code = "Temporary", reason } = verdict;
  logger.warn("message will be retried", { messageId, code, reason });
  count("RetriedBy", 1, { code });
  if (isLate(message)) count("RetriedLate");
  const delaySeconds = toPauseSeconds(verdict, message, deps.retryBackoffMaxSeconds);
  return { ...verdict, delaySeconds };
}

/**
 * The time for which a message may fail before that counts as an outage. The age that SQS reports cannot be used: in a standard queue it
 * leaves out messages that were received more than twice.
 */
const LATE_MS = 600_000;

function isLate({ attributes }: SqsRecord): boolean {
  const first = Number(attributes.ApproximateFirstReceiveTimestamp);
  return Date.now() - first >= LATE_MS;
}

/** A reason may quote what its message contains. */
function shortenReason(verdict: MessageVerdict): MessageVerdict {
  if (verdict.outcome === "done") return verdict;
  return { ...verdict, reason: shorten(verdict.reason, REASON_MAX_LENGTH) };
}

async function buryPoison(
  deps: DeadLetterDeps & { readonly verify?: Verify | undefined },
  message: SqsRecord,
  { telemetry }: MessageContext,
  verdict: MessageVerdict,
): Promise<Exclude<MessageVerdict, { readonly outcome: "poison" }>> {
  if (verdict.outcome !== "poison") return verdict;
  const { code, reason } = verdict;
  const sent = await sendToDeadLetters(deps, message, { code, reason });
  if (!sent.ok && sent.error.code === "MessageRefused" && (await mayBeAnybodys(deps, message))) {
    const { messageId } = message;
    const line = { messageId, code, reason, refusal: sent.error.message };
    telemetry.logger.error("message dropped", line);
    telemetry.count("Dropped", 1, { code });
    return { outcome: "done" };
  }
  if (!sent.ok) {
    const why = `not dead-lettered (${code}: ${reason}): ${sent.error.message}`;
    return { outcome: "retry", code: sent.error.code, reason: why };
  }
  telemetry.logger.error("message dead-lettered", { messageId: message.messageId, code, reason });
  telemetry.count("Poison", 1, { code });
  return { outcome: "done" };
}

/** Whether nothing shows that a message is ours. Not known while the keys cannot be read. */
async function mayBeAnybodys(
  { verify }: { readonly verify?: Verify | undefined },
  message: SqsRecord,
): Promise<boolean> {
  try {
    return verify !== undefined && (await verify(message)) !== "signed";
  } catch {
    return false;
  }
}

async function judge(
  { process }: { readonly process: SqsProcess },
  message: SqsRecord,
  context: MessageContext,
): Promise<MessageVerdict> {
  const { signal } = context;
  const stopped = Promise.withResolvers<MessageVerdict>();
  const stop = (): void => stopped.resolve(OUT_OF_TIME);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([process(message, context), stopped.promise]);
  } catch (error) {
    return signal.aborted ? OUT_OF_TIME : toFailureVerdict(error);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
