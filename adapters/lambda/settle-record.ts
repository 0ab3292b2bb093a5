import { sendToDeadLetters, type DeadLetterDeps } from "./dead-letter.ts";
import { OUT_OF_TIME, toFailureVerdict, type RecordVerdict } from "./record-verdict.ts";
import { toBackoffSeconds } from "./retry-backoff.ts";
import type { SettledVerdict } from "./run-lanes.ts";
import type { SqsRecord } from "./sqs-event.ts";
import type { RecordContext, SqsProcess } from "./sqs-process.ts";

/**
 * Processes one message, moves it to the dead-letter queue if it is poison, and logs and counts the verdict. Never throws.
 * If the dead-letter queue does not accept the message, the message is retried.
 */
export async function settleRecord(
  deps: DeadLetterDeps & {
    readonly process: SqsProcess;
    readonly retryBackoffMaxSeconds?: number | undefined;
  },
  record: SqsRecord,
  context: RecordContext,
): Promise<SettledVerdict> {
  const { logger, count } = context.telemetry;
  const verdict = await buryPoison(deps, record, context, await judge(deps, record, context));
  if (verdict.outcome === "done") {
    count("Done");
    return verdict;
  }
  const { messageId } = record;
  const { code = "Temporary", reason } = verdict;
  logger.warn("message will be retried", { messageId, code, reason });
  count("RetriedBy", 1, { code });
  const { delaySeconds = toBackoffSeconds(record, deps.retryBackoffMaxSeconds) } = verdict;
  return { ...verdict, delaySeconds };
}

async function buryPoison(
  deps: DeadLetterDeps,
  record: SqsRecord,
  { telemetry }: RecordContext,
  verdict: RecordVerdict,
): Promise<Exclude<RecordVerdict, { readonly outcome: "poison" }>> {
  if (verdict.outcome !== "poison") return verdict;
  const { code, reason } = verdict;
  const sent = await sendToDeadLetters(deps, record, { code, reason });
  if (!sent.ok) {
    const message = `not dead-lettered (${code}: ${reason}): ${sent.error.message}`;
    return { outcome: "retry", code: sent.error.code, reason: message };
  }
  telemetry.logger.error("message dead-lettered", { messageId: record.messageId, code, reason });
  telemetry.count("Poison", 1, { code });
  return { outcome: "done" };
}

async function judge(
  { process }: { readonly process: SqsProcess },
  record: SqsRecord,
  context: RecordContext,
): Promise<RecordVerdict> {
  const { signal } = context;
  if (signal.aborted) return OUT_OF_TIME;
  const stopped = Promise.withResolvers<RecordVerdict>();
  const stop = (): void => stopped.resolve(OUT_OF_TIME);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([process(record, context), stopped.promise]);
  } catch (error) {
    return signal.aborted ? OUT_OF_TIME : toFailureVerdict(error);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
