import { ChangeMessageVisibilityBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { describeError } from "../../core/errors.ts";
import { LONGEST_PAUSE_SECONDS } from "./longest-pause.ts";
import type { SqsRecord } from "./sqs-event.ts";
import type { FunctionLogger } from "./telemetry.ts";

/** Entries of one call: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html */
const MAX_ENTRIES = 10;

/** Our own pace of retries, by how often the message has come: doubles from 2 s with each delivery, to 15 min or what is set. */
export function toPauseSeconds(
  record: SqsRecord,
  longestSeconds: number = LONGEST_PAUSE_SECONDS,
): number {
  const received = Number(record.attributes.ApproximateReceiveCount ?? "1");
  const doublings = Number.isSafeInteger(received) ? Math.min(Math.max(received, 1), 10) : 1;
  return Math.min(2 ** doublings, longestSeconds);
}

export type Postponed = { readonly record: SqsRecord; readonly seconds: number };

/**
 * Lets messages that are given back come again after their pause, instead of after the queue's whole visibility timeout.
 * Best effort: where it fails, the timeout applies. Queue URLs are told from that of a neighbouring queue, as the one a
 * stand-in for SQS reports need not work.
 */
export async function postpone(
  deps: {
    readonly client: SQSClient;
    readonly neighbourUrl: string;
    readonly logger: FunctionLogger;
  },
  postponed: readonly Postponed[],
): Promise<void> {
  for (const [queueUrl, group] of groupByQueue(postponed, deps.neighbourUrl)) {
    for (let start = 0; start < group.length; start += MAX_ENTRIES) {
      const Entries = group.slice(start, start + MAX_ENTRIES).map(({ record, seconds }, index) => ({
        Id: String(index),
        ReceiptHandle: record.receiptHandle,
        VisibilityTimeout: seconds,
      }));
      try {
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries });
        const { Failed = [] } = await deps.client.send(command);
        if (Failed.length === 0) continue;
        deps.logger.warn("pause refused", { queueUrl, code: Failed[0]?.Code, of: Failed.length });
      } catch (error) {
        deps.logger.warn("pause failed", { queueUrl, reason: describeError(error) });
      }
    }
  }
}

function groupByQueue(
  postponed: readonly Postponed[],
  neighbourUrl: string,
): ReadonlyMap<string, readonly Postponed[]> {
  return Map.groupBy(
    postponed.filter(({ record }) => toQueueUrl(record, neighbourUrl) !== undefined),
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
