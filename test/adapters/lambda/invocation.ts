import type { SQSClient } from "@aws-sdk/client-sqs";
import {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
} from "@aws-sdk/client-sqs";
import { mockClient, type AwsClientStub } from "aws-sdk-client-mock";
import { createQueueClient } from "../../../adapters/sqs/client.ts";
import type { LambdaContext, SqsRecord } from "../../../adapters/lambda/sqs-event.ts";

/** Queues in memory behind the SDK's client. */
export type FakeQueues = {
  readonly client: SQSClient;
  readonly stub: AwsClientStub<SQSClient>;
  /** What was sent to the queue of that name, in order. */
  readonly sentTo: (name: string) => readonly SendMessageBatchRequestEntry[];
  /** Visibility timeouts that were set, in seconds, by receipt handle. */
  readonly pauses: () => Readonly<Record<string, number>>;
};

export function createFakeQueues(): FakeQueues {
  const client = createQueueClient({ region: "eu-central-1", endpoint: "http://127.0.0.1:1" });
  const stub = mockClient(client);
  const sent = new Map<string, SendMessageBatchRequestEntry[]>();
  stub
    .on(SendMessageBatchCommand)
    .callsFake((input: { QueueUrl: string; Entries: SendMessageBatchRequestEntry[] }) => {
      const name = input.QueueUrl.split("/").at(-1) ?? "";
      sent.set(name, [...(sent.get(name) ?? []), ...input.Entries]);
      return { Successful: input.Entries.map(({ Id }) => ({ Id, MessageId: `m${Id}` })) };
    });
  stub.on(ChangeMessageVisibilityBatchCommand).resolves({ Successful: [], Failed: [] });
  return {
    client,
    stub,
    sentTo: (name) => sent.get(name) ?? [],
    pauses: () =>
      Object.fromEntries(
        stub
          .commandCalls(ChangeMessageVisibilityBatchCommand)
          .flatMap((call) => call.args[0].input.Entries ?? [])
          .map((entry) => [entry.ReceiptHandle ?? "", entry.VisibilityTimeout ?? -1]),
      ),
  };
}

export function toQueueUrl(name: string): string {
  return `http://127.0.0.1:1/000000000000/${name}`;
}

/** A record as the event source mapping delivers it. `id` is also its receipt handle. */
export function toRecord(
  id: string,
  body: string,
  options: { readonly group?: string; readonly received?: number } = {},
): SqsRecord {
  const { group, received = 1 } = options;
  return {
    messageId: id,
    receiptHandle: id,
    body,
    attributes: {
      ApproximateReceiveCount: String(received),
      ...(group === undefined ? {} : { MessageGroupId: group }),
    },
    eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:source${group === undefined ? "" : ".fifo"}`,
  };
}

/** A context with this much time left. */
export function toContext(remainingMs = 60_000): LambdaContext {
  return { awsRequestId: "request-1", getRemainingTimeInMillis: () => remainingMs };
}

/** JSON lines that were written to stdout and stderr while `run` ran. */
export async function captureLines<T>(
  run: () => Promise<T>,
): Promise<{ readonly value: T; readonly lines: readonly Readonly<Record<string, unknown>>[] }> {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const restores = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    stream.write = (chunk: unknown): boolean => {
      for (const line of String(chunk).split("\n")) {
        if (line.startsWith("{")) lines.push(JSON.parse(line) as Record<string, unknown>);
      }
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  try {
    return { value: await run(), lines };
  } finally {
    for (const restore of restores) restore();
  }
}
