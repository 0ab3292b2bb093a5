import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";
import { createQueueClient } from "../../../adapters/sqs/client.ts";

export type QueueServer = AsyncDisposable & {
  readonly client: SQSClient;
  readonly fifoUrl: string;
  readonly standardUrl: string;
  readonly port: number;
  /** Receives and deletes until the queue is empty; keeps the order of the queue. */
  readonly drain: (queueUrl: string) => Promise<readonly ReceivedMessage[]>;
};

export type ReceivedMessage = { readonly body: string; readonly groupId: string };

/** Queues in this process, which are used through the real SDK. */
export async function startQueueServer(port = 0): Promise<QueueServer> {
  const server = await startFauxqs({
    port,
    host: "127.0.0.1",
    logger: false,
    init: {
      queues: [
        { name: "changes.fifo", attributes: { FifoQueue: "true" } },
        { name: "standard", attributes: {} },
      ],
    },
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = createTestQueueClient(endpoint);
  return {
    client,
    port: server.port,
    fifoUrl: `${endpoint}/000000000000/changes.fifo`,
    standardUrl: `${endpoint}/000000000000/standard`,
    drain: (queueUrl) => drain(client, queueUrl),
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server.stop();
    },
  };
}

export function createTestQueueClient(endpoint: string): SQSClient {
  const client = createQueueClient({ endpoint, region: "us-east-1" });
  client.config.credentials = async () => ({ accessKeyId: "test", secretAccessKey: "test" });
  return client;
}

async function drain(client: SQSClient, queueUrl: string): Promise<readonly ReceivedMessage[]> {
  const received: ReceivedMessage[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ["MessageGroupId"],
      }),
    );
    if (Messages.length === 0) return received;
    for (const message of Messages) {
      const groupId = message.Attributes?.MessageGroupId ?? "";
      received.push({ body: message.Body ?? "", groupId });
      const ReceiptHandle = message.ReceiptHandle;
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
}
