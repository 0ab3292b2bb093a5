import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { SQSClient } from "@aws-sdk/client-sqs";
import wrapHandler from "@middy/core";
import { KubemendError } from "../../core/errors.ts";
import { sendToDeadLetters } from "./dead-letter.ts";
import { postpone, toPauseSeconds, type Postponed } from "./postpone.ts";
import { OUT_OF_TIME, toFailureVerdict, type RecordVerdict } from "./record-verdict.ts";
import type { LambdaContext, SqsBatchResponse, SqsEvent, SqsRecord } from "./sqs-event.ts";
import { createTelemetry, type Telemetry } from "./telemetry.ts";

export type { RecordVerdict } from "./record-verdict.ts";

/** Handed to `process` with each message. `signal` ends it in time before the function's timeout. */
export type RecordContext = {
  readonly signal: AbortSignal;
  /** Epoch ms at which `signal` fires. */
  readonly deadlineMs: number;
  readonly telemetry: Pick<Telemetry, "logger" | "count">;
};

export type SqsHandlerOptions = {
  /** The function's name, in logs, metrics and dead letters. */
  readonly name: string;
  readonly fifo: boolean;
  /**
   * Messages of one lane are processed in their order, lanes side by side. Default: the message group on a FIFO queue, the message
   * itself on a standard one.
   */
  readonly toLane?: (record: SqsRecord) => string;
  /** Longest pause before a message comes again; default 900 s. */
  readonly longestPauseSeconds?: number;
  readonly client: SQSClient;
  readonly deadLetterQueueUrl: string;
  readonly process: SqsProcess | { readonly batch: SqsBatchProcess };
};

/** What becomes of a message. */
export type SqsProcess = (record: SqsRecord, context: RecordContext) => Promise<RecordVerdict>;

/**
 * What becomes of the messages of a batch, one verdict a message in their order, for work that is done for all at once. It
 * knows itself that on a FIFO queue the later ones of a group come again with one that does: their verdicts do not count.
 */
export type SqsBatchProcess = (
  records: readonly SqsRecord[],
  context: RecordContext,
) => Promise<readonly RecordVerdict[]>;

export type SqsHandler = (event: SqsEvent, context: LambdaContext) => Promise<SqsBatchResponse>;

/** Kept back before the timeout for pauses, metrics and the answer; of short timeouts a quarter. */
const RESERVE_MS = 3000;

/**
 * A Lambda handler for an SQS queue with partial batch responses.
 * - Done and poison messages are acknowledged, the latter after they are on the dead-letter queue; where that fails they come again.
 * - One that must come again is reported as failed; the later ones of its lane are too, other lanes go on.
 * - It stops in time before the function's timeout and gives back what is not done. It never fails a batch as a whole.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function createSqsHandler(options: SqsHandlerOptions): SqsHandler {
  const telemetry = createTelemetry(options.name);
  const handle = async (event: SqsEvent, context: LambdaContext): Promise<SqsBatchResponse> => {
    const remainingMs = context.getRemainingTimeInMillis();
    const batch = openBatch(options, telemetry, event.Records, remainingMs);
    try {
      const response: SqsBatchResponse = await processPartialResponse(
        { Records: [...event.Records] },
        async (record: SqsRecord) => batch.handle(record),
        new BatchProcessor(EventType.SQS),
        { throwOnFullBatchFailure: false },
      );
      await batch.giveBack(event.Records, response);
      return response;
    } finally {
      batch.close();
    }
  };
  return wrapHandler(handle, { timeoutEarlyInMillis: 0 })
    .before(({ context, event }) => {
      telemetry.begin(context.awsRequestId);
      telemetry.count("Received", (event as SqsEvent).Records.length);
    })
    .after(() => telemetry.flush())
    .onError(() => telemetry.flush());
}

type Batch = {
  /** Throws for a message that must come again: that is how the batch processor learns of it. */
  readonly handle: (record: SqsRecord) => Promise<void>;
  readonly giveBack: (records: readonly SqsRecord[], response: SqsBatchResponse) => Promise<void>;
  readonly close: () => void;
};

function openBatch(
  options: SqsHandlerOptions,
  telemetry: Telemetry,
  records: readonly SqsRecord[],
  remainingMs: number,
): Batch {
  const budgetMs = Math.max(0, remainingMs - Math.min(RESERVE_MS, remainingMs / 4));
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(outOfTime()), budgetMs);
  const context = { signal: stop.signal, deadlineMs: Date.now() + budgetMs, telemetry };
  const pauses = new Map<string, number>();
  const process = toProcess(options.process, records, context);
  const lanes = new Map<string, Promise<void>>();
  const toLane = options.toLane ?? (options.fifo ? toGroup : toMessageId);
  const toPause = (record: SqsRecord): number =>
    toPauseSeconds(record, options.longestPauseSeconds);
  const handleOne = async (record: SqsRecord): Promise<void> => {
    const verdict = await settle({ ...options, process }, telemetry, record, context);
    if (verdict.outcome === "done") {
      telemetry.count("Done");
      return;
    }
    const { messageId } = record;
    const code = verdict.code ?? "Temporary";
    telemetry.logger.warn("message comes again", { messageId, code, reason: verdict.reason });
    telemetry.count("RetriedBy", 1, { code });
    pauses.set(toLane(record), verdict.delaySeconds ?? toPause(record));
    throw new KubemendError("Unavailable", verdict.reason, { retryable: true });
  };
  return {
    handle(record) {
      const lane = toLane(record);
      // What follows a message that must come again fails with it, unprocessed.
      const done = (lanes.get(lane) ?? Promise.resolve()).then(() => handleOne(record));
      lanes.set(lane, done);
      return done;
    },
    async giveBack(records, response) {
      const ids = new Set(response.batchItemFailures.map((failure) => failure.itemIdentifier));
      if (ids.size === 0) return;
      telemetry.count("Retried", ids.size);
      const failed = records.filter((record) => ids.has(record.messageId));
      const postponed = failed.map((record): Postponed => ({
        record,
        seconds: pauses.get(toLane(record)) ?? toPause(record),
      }));
      const { client, deadLetterQueueUrl: neighbourUrl } = options;
      await postpone({ client, neighbourUrl, logger: telemetry.logger }, postponed);
    },
    close: () => clearTimeout(timer),
  };
}

/** A batch is processed once, when it comes; each of its messages then has its verdict. */
function toProcess(
  process: SqsHandlerOptions["process"],
  records: readonly SqsRecord[],
  context: RecordContext,
): SqsProcess {
  if (typeof process === "function") return process;
  const verdicts = process
    .batch(records, context)
    .then((all) => new Map(all.map((verdict, index) => [records[index]?.messageId, verdict])));
  // Told by each message that waits for it.
  verdicts.catch(() => {});
  return async ({ messageId }) => {
    const verdict = (await verdicts).get(messageId);
    return verdict ?? { outcome: "retry", code: "Internal", reason: "it has no verdict" };
  };
}

/** The later messages of a group wait as long as the one that failed: the group stays locked while any of them is hidden. */
function toGroup({ attributes, messageId }: SqsRecord): string {
  return attributes.MessageGroupId ?? messageId;
}

function toMessageId({ messageId }: SqsRecord): string {
  return messageId;
}

type SettleOptions = SqsHandlerOptions & { readonly process: SqsProcess };
type Settled = Exclude<RecordVerdict, { readonly outcome: "poison" }>;

/** Runs `process`, and puts what it calls poison on the dead-letter queue. */
async function settle(
  options: SettleOptions,
  telemetry: Telemetry,
  record: SqsRecord,
  context: RecordContext,
): Promise<Settled> {
  const verdict = await judge(options, record, context);
  if (verdict.outcome !== "poison") return verdict;
  const { code, reason } = verdict;
  const deps = { ...options, functionName: options.name };
  const sent = await sendToDeadLetters(deps, record, { code, reason });
  const { messageId } = record;
  if (!sent.ok) {
    const message = `not dead-lettered (${code}: ${reason}): ${sent.error.message}`;
    return { outcome: "retry", code: sent.error.code, reason: message };
  }
  telemetry.logger.error("message dead-lettered", { messageId, code, reason });
  telemetry.count("Poison", 1, { code });
  return { outcome: "done" };
}

async function judge(
  options: SettleOptions,
  record: SqsRecord,
  context: RecordContext,
): Promise<RecordVerdict> {
  const { signal } = context;
  if (signal.aborted) return OUT_OF_TIME;
  const stopped = Promise.withResolvers<RecordVerdict>();
  const stop = (): void => stopped.resolve(OUT_OF_TIME);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([options.process(record, context), stopped.promise]);
  } catch (error) {
    return signal.aborted ? OUT_OF_TIME : toFailureVerdict(error);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function outOfTime(): KubemendError {
  return new KubemendError("Timeout", "the function stops in time before its timeout", {
    retryable: true,
  });
}
