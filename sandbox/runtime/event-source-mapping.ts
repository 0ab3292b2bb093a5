import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { describeError } from "../../core/errors.ts";
import { sleep } from "../host/sleep.ts";
import { toBatchVerdict } from "./batch-response.ts";
import type { InvocationOutcome } from "./invocation.ts";
import type { MappingSettings } from "./function-settings.ts";
import { toSqsEvents, toSqsRecord, type SqsEvent, type SqsRecord } from "./sqs-event.ts";

/** The most messages that SQS returns, or deletes, in one call. */
const CALL_LIMIT = 10;
/** Short, because a receive is never aborted: the messages of an aborted one would be invisible for the whole visibility timeout. */
const WAIT_SECONDS = 1;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5000;

/** `poll` and `delete`: the queue did not answer. `batch`: records stay in the queue, for the function's reason. */
export type MappingProblem = {
  readonly step: "poll" | "delete" | "batch";
  readonly queue: string;
  readonly message: string;
};

export type EventSourceMappingOptions = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly settings: MappingSettings;
  readonly invoke: (event: SqsEvent) => Promise<InvocationOutcome>;
  /** Batches in flight at once; the mapping's own maximumConcurrency may lower it. */
  readonly concurrency: number;
  /** How long `stop` waits for batches in flight. */
  readonly drainTimeoutMs: number;
  readonly onProblem?: (problem: MappingProblem) => void;
};

export type EventSourceMapping = {
  /** Receives no more messages and waits for the batches in flight; false if they did not end in time. */
  readonly stop: () => Promise<boolean>;
};

/**
 * Feeds a function from a queue as AWS documents it: long polling, batches, at most 6 MB per event, and only messages that
 * succeeded are deleted. The others stay until their visibility timeout expires, which a handler may shorten itself. A queue
 * locks a FIFO group while one of its messages is in flight, so a group has one batch at a time and keeps its order.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export function startEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  const { settings } = options;
  const limit = Math.min(options.concurrency, settings.maximumConcurrency ?? options.concurrency);
  const inFlight = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function poll(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      if (inFlight.size >= limit) {
        await Promise.race(inFlight);
        continue;
      }
      try {
        const messages = await receiveBatch(options, stopping.signal);
        failures = 0;
        if (messages.length > 0) track(processBatch(options, messages));
      } catch (error) {
        report(options, "poll", describeError(error));
        failures += 1;
        await sleep(Math.min(BACKOFF_MIN_MS * 2 ** failures, BACKOFF_MAX_MS), stopping.signal);
      }
    }
  }

  function track(batch: Promise<void>): void {
    inFlight.add(batch);
    void batch.finally(() => inFlight.delete(batch));
  }

  const polling = poll();
  return {
    async stop() {
      stopping.abort();
      const drained = polling.then(() => Promise.all(inFlight)).then(() => true);
      const timeout = new AbortController();
      const late = sleep(options.drainTimeoutMs, timeout.signal).then(() => false);
      const outcome = await Promise.race([drained, late]);
      timeout.abort();
      return outcome;
    },
  };
}

/** One batch: the messages of one call or, with a batching window, those received until it closes or the batch is full. */
async function receiveBatch(
  options: EventSourceMappingOptions,
  stopping: AbortSignal,
): Promise<readonly Message[]> {
  const { batchSize, batchingWindowMs } = options.settings;
  const messages = await receive(options, Math.min(batchSize, CALL_LIMIT));
  if (messages.length === 0 || batchingWindowMs === 0) return messages;
  const closesAt = performance.now() + batchingWindowMs;
  while (messages.length < batchSize && performance.now() < closesAt && !stopping.aborted) {
    messages.push(...(await receive(options, Math.min(batchSize - messages.length, CALL_LIMIT))));
  }
  return messages;
}

async function receive(options: EventSourceMappingOptions, count: number): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: options.queueUrl,
    MaxNumberOfMessages: count,
    WaitTimeSeconds: WAIT_SECONDS,
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  });
  return (await options.client.send(command)).Messages ?? [];
}

async function processBatch(
  options: EventSourceMappingOptions,
  messages: readonly Message[],
): Promise<void> {
  const records = messages.map((message) => toSqsRecord(message, options.queueArn));
  const blockedGroups = new Set<string>();
  for (const event of toSqsEvents(records)) {
    // A group that failed in an earlier part of this batch must not continue in a later part. AWS guarantees the order, and
    // says only that a received message stays invisible for the queue's visibility timeout: so that is assumed for the
    // messages that are left out, which is the slowest behaviour that AWS allows.
    const Records = event.Records.filter((record) => !blockedGroups.has(toGroup(record)));
    if (Records.length === 0) continue;
    const outcome = await options.invoke({ Records });
    const verdict = toBatchVerdict(outcome, Records, options.settings.reportBatchItemFailures);
    if (verdict.problem !== undefined) report(options, "batch", verdict.problem);
    if (options.settings.fifo) {
      const failed = Records.filter((record) => verdict.failed.has(record.messageId));
      for (const record of failed) blockedGroups.add(toGroup(record));
    }
    await deleteRecords(
      options,
      Records.filter((record) => !verdict.failed.has(record.messageId)),
    );
  }
}

function toGroup(record: SqsRecord): string {
  return record.attributes["MessageGroupId"] ?? "";
}

async function deleteRecords(
  options: EventSourceMappingOptions,
  records: readonly SqsRecord[],
): Promise<void> {
  for (let start = 0; start < records.length; start += CALL_LIMIT) {
    const Entries = records
      .slice(start, start + CALL_LIMIT)
      .map((record, index) => ({ Id: String(index), ReceiptHandle: record.receiptHandle }));
    try {
      const command = new DeleteMessageBatchCommand({ QueueUrl: options.queueUrl, Entries });
      const { Failed: failed = [] } = await options.client.send(command);
      for (const entry of failed) report(options, "delete", entry.Message ?? entry.Code ?? "");
    } catch (error) {
      // They will be received again after their visibility timeout: delivery is at least once.
      report(options, "delete", describeError(error));
    }
  }
}

function report(
  options: EventSourceMappingOptions,
  step: MappingProblem["step"],
  message: string,
): void {
  options.onProblem?.({ step, queue: options.settings.queue, message });
}
