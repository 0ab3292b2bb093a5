import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from "@aws-sdk/client-sqs";

export type Received = {
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
};

/** Reads a queue as any consumer does, with the SDK alone. */
export type Reader = {
  /** In the order of the queue, within each group. */
  readonly received: readonly Received[];
  /** Receives the available messages; returns their number. Throws if the queue is unavailable: they are redelivered then. */
  readonly drain: () => Promise<number>;
};

/** Short, so that a reader that fails midway gets its messages again soon. */
const VISIBILITY_SECONDS = 2;

export function createReader(client: SQSClient, queueUrl: string): Reader {
  const received: Received[] = [];
  const seen = new Set<string>();
  const take = (message: Message): void => {
    // SQS would not deliver it again within five minutes either: the emulator forgets its deduplication ids when it is killed.
    const id = message.Attributes?.MessageDeduplicationId ?? "";
    if (seen.has(id)) return;
    seen.add(id);
    received.push({
      body: message.Body ?? "",
      groupId: message.Attributes?.MessageGroupId ?? "",
      deduplicationId: message.Attributes?.MessageDeduplicationId ?? "",
    });
  };
  return {
    received,
    async drain() {
      let count = 0;
      for (;;) {
        const { Messages: messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: VISIBILITY_SECONDS,
            MessageSystemAttributeNames: ["MessageGroupId", "MessageDeduplicationId"],
          }),
        );
        if (messages.length === 0) return count;
        for (const message of messages) take(message);
        count += messages.length;
        const Entries = messages.map(({ ReceiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle,
        }));
        await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      }
    },
  };
}
