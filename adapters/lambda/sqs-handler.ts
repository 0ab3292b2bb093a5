import type { SQSClient } from "@aws-sdk/client-sqs";
import wrapHandler from "@middy/core";
import { KubemendError } from "../../core/errors.ts";
import type { Verify } from "../signing/verify.ts";
import { changeVisibility, type Retry } from "./change-visibility.ts";
import { runLanes } from "./run-lanes.ts";
import { settleMessage } from "./settle-message.ts";
import type { LambdaContext, SqsBatchResponse, SqsEvent, SqsRecord } from "./sqs-event.ts";
import { toSqsProcess, type ProcessOption } from "./sqs-process.ts";
import { createTelemetry, type Telemetry } from "./telemetry.ts";

export type SqsHandlerOptions = {
  /** The function's name, in logs, metrics and dead letters. */
  readonly name: string;
  readonly fifo: boolean;
  /**
   * Messages of one lane are processed in their order, lanes side by side. Default: the message group on a FIFO queue, the message
   * itself on a standard one.
   */
  readonly toLane?: (record: SqsRecord) => string;
  /** Bounds the attempts of a message that is not signed (`bound-attempts.ts`); absent: all messages are treated alike. */
  readonly verify?: Verify;
  /** Longest backoff before a retry; default 900 s. */
  readonly retryBackoffMaxSeconds?: number;
  readonly client: SQSClient;
  readonly deadLetterQueueUrl: string;
  readonly process: ProcessOption;
};

export type SqsHandler = (event: SqsEvent, context: LambdaContext) => Promise<SqsBatchResponse>;

/** Reserved before the timeout for visibility changes, metrics and the answer; a quarter of short timeouts. */
const RESERVE_MS = 3000;

/**
 * A Lambda handler for an SQS queue with partial batch responses.
 * - Done and poison messages are acknowledged, the latter once they are on the dead-letter queue; if that fails they are retried.
 * - A message that must be retried is reported as failed, and so are the later ones of its lane; other lanes continue.
 * - It stops before the function's timeout and reports what is not done. It never fails a batch as a whole.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function createSqsHandler(options: SqsHandlerOptions): SqsHandler {
  const telemetry = createTelemetry(options.name);
  const handle = async (
    { Records }: SqsEvent,
    context: LambdaContext,
  ): Promise<SqsBatchResponse> => {
    const retries = await processBatch(
      options,
      telemetry,
      Records,
      context.getRemainingTimeInMillis(),
    );
    if (retries.length > 0) {
      telemetry.count("Retried", retries.length);
      const { client, deadLetterQueueUrl: neighbourUrl } = options;
      await changeVisibility({ client, neighbourUrl, logger: telemetry.logger }, retries);
    }
    const batchItemFailures = retries.map(({ record }) => ({ itemIdentifier: record.messageId }));
    return { batchItemFailures };
  };
  return wrapHandler(handle, { timeoutEarlyInMillis: 0 })
    .before(({ context, event }) => {
      telemetry.begin(context.awsRequestId);
      telemetry.count("Received", (event as SqsEvent).Records.length);
    })
    .after(() => telemetry.flush())
    .onError(() => telemetry.flush());
}

/** Returns the messages that must be retried. */
async function processBatch(
  options: SqsHandlerOptions,
  telemetry: Telemetry,
  records: readonly SqsRecord[],
  remainingMs: number,
): Promise<readonly Retry[]> {
  const budgetMs = Math.max(0, remainingMs - Math.min(RESERVE_MS, remainingMs / 4));
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(outOfTime()), budgetMs);
  try {
    const context = { signal: stop.signal, deadlineMs: Date.now() + budgetMs, telemetry };
    const toLane = options.toLane ?? (options.fifo ? toGroup : toMessageId);
    const process = toSqsProcess(options.process, records, context, toLane);
    const deps = { ...options, process, functionName: options.name };
    const verdicts = await runLanes(records, toLane, (record) =>
      settleMessage(deps, record, context),
    );
    return records.flatMap((record, index) => {
      const verdict = verdicts[index];
      if (verdict?.outcome !== "retry") return [];
      return [{ record, visibilitySeconds: verdict.delaySeconds }];
    });
  } finally {
    clearTimeout(timer);
  }
}

function toGroup({ attributes, messageId }: SqsRecord): string {
  return attributes.MessageGroupId ?? messageId;
}

function toMessageId({ messageId }: SqsRecord): string {
  return messageId;
}

function outOfTime(): KubemendError {
  return new KubemendError("Timeout", "the function stopped before its timeout", {
    retryable: true,
  });
}
