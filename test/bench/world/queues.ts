import { randomUUID } from "node:crypto";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { startChild } from "../../../sandbox/host/child.ts";
import { findElasticMqObstacle, startElasticMq } from "../../support/queues/elasticmq.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";

/** A server that stands in for SQS, in a separate process. */
export type Emulator = AsyncDisposable & {
  readonly name: string;
  readonly endpoint: string;
  readonly client: SQSClient;
  /** Creates a FIFO queue; returns its URL. */
  readonly createQueue: () => Promise<string>;
};

export type Received = { readonly body: string; readonly sentAtMs: number };

/** The servers that can run on this machine. */
export function listEmulators(): readonly ((script: string) => Promise<Emulator>)[] {
  return findElasticMqObstacle() === undefined ? [startFauxqs, startElastic] : [startFauxqs];
}

/** fauxqs as in the sandbox, but in memory: its disk is not part of the measurement. */
async function startFauxqs(script: string): Promise<Emulator> {
  const ready = Promise.withResolvers<string>();
  const child = startChild({
    name: "queues",
    args: [script, "internal", "queues"],
    environment: process.env,
    onLine(line) {
      if (line.startsWith('{"endpoint"')) {
        ready.resolve((JSON.parse(line) as { endpoint: string }).endpoint);
      }
    },
  });
  void child.exited.then(() => ready.reject(new Error(`the queues ended: ${child.tail()}`)));
  return toEmulator("fauxqs", await ready.promise, child.kill);
}

async function startElastic(): Promise<Emulator> {
  const server = await startElasticMq();
  return toEmulator("ElasticMQ", server.endpoint, async () => server[Symbol.asyncDispose]());
}

function toEmulator(name: string, endpoint: string, stop: () => Promise<void>): Emulator {
  const client = createTestQueueClient(endpoint);
  return {
    name,
    endpoint,
    client,
    async createQueue() {
      const QueueName = `bench-${randomUUID()}.fifo`;
      const Attributes = { FifoQueue: "true", VisibilityTimeout: "600" };
      await client.send(new CreateQueueCommand({ QueueName, Attributes }));
      return `${endpoint}/000000000000/${QueueName}`;
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await stop();
    },
  };
}

/** Receives and deletes all messages: their bodies, and when the queue accepted each, by its own clock. */
export async function drain(
  client: SQSClient,
  queueUrl: string,
  onProgress: (count: number) => void,
): Promise<readonly Received[]> {
  const received: Received[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ["SentTimestamp"],
      }),
    );
    if (Messages.length === 0) return received;
    for (const { Body = "", Attributes } of Messages) {
      received.push({ body: Body, sentAtMs: Number(Attributes?.SentTimestamp) });
    }
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
    }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    onProgress(received.length);
  }
}
