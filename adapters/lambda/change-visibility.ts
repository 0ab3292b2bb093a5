import { ChangeMessageVisibilityBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { describeError } from "../../core/errors.ts";
import type { SqsRecord } from "./sqs-event.ts";
import type { FunctionLogger } from "./telemetry.ts";

/** Entries of one call: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html */
const MAX_ENTRIES = 10;

/** A message that will be retried once its visibility timeout is over. */
export type Retry = { readonly record: SqsRecord; readonly visibilitySeconds: number };

export type ChangeVisibilityDeps = {
  readonly client: SQSClient;
  /** URL of a queue in the same account and region. */
  readonly neighbourUrl: string;
  readonly logger: FunctionLogger;
};

/**
 * Sets the visibility timeout of messages that will be retried, in place of the queue's own, which is longer.
 * Best effort: if it fails, the queue's timeout applies. The queue's URL is derived from that of a neighbouring queue, because
 * the URL that a stand-in for SQS reports may not be reachable.
 */
export async function changeVisibility(
  deps: ChangeVisibilityDeps,
  retries: readonly Retry[],
): Promise<void> {
  for (const [queueUrl, group] of groupByQueue(retries, deps.neighbourUrl)) {
    for (let start = 0; start < group.length; start += MAX_ENTRIES) {
      await changeOnce(deps, queueUrl, group.slice(start, start + MAX_ENTRIES));
    }
  }
}

async function changeOnce(
  { client, logger }: ChangeVisibilityDeps,
  queueUrl: string,
  retries: readonly Retry[],
): Promise<void> {
  const Entries = retries.map(({ record, visibilitySeconds }, index) => ({
    Id: String(index),
    ReceiptHandle: record.receiptHandle,
    VisibilityTimeout: visibilitySeconds,
  }));
  try {
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries });
    const { Failed = [] } = await client.send(command);
    if (Failed.length === 0) return;
    const [first] = Failed;
    logger.warn("visibility change refused", { queueUrl, code: first?.Code, count: Failed.length });
  } catch (error) {
    logger.warn("visibility change failed", { queueUrl, reason: describeError(error) });
  }
}

function groupByQueue(
  retries: readonly Retry[],
  neighbourUrl: string,
): ReadonlyMap<string, readonly Retry[]> {
  return Map.groupBy(
    retries.filter(({ record }) => toQueueUrl(record, neighbourUrl) !== undefined),
    ({ record }) => toQueueUrl(record, neighbourUrl) ?? "",
  );
}

/** `arn:aws:sqs:<region>:<account>:<name>` beside `https://host/<account>/<other name>`. */
function toQueueUrl(record: SqsRecord, neighbourUrl: string): string | undefined {
  const parts = (record.eventSourceARN ?? "").split(":");
  const [, , service, , account, name] = parts;
  if (service !== "sqs" || account === undefined || name === undefined) return undefined;
  const url = new URL(neighbourUrl);
  const path = url.pathname.split("/");
  path[path.length - 1] = encodeURIComponent(name);
  if (path.length > 2) path[path.length - 2] = account;
  url.pathname = path.join("/");
  return url.href;
}
