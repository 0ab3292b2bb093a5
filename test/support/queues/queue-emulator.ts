import { randomUUID } from "node:crypto";
import { CreateQueueCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { startQueues } from "../../../sandbox/queues/queues.ts";
import { startElasticMq } from "./elasticmq.ts";
import { createTestQueueClient } from "./queue-server.ts";

/** Servers that stand in for SQS. fauxqs is started exactly as in the sandbox. */
export type EmulatorName = "fauxqs" | "ElasticMQ";

export type QueueEmulator = AsyncDisposable & {
  readonly client: SQSClient;
  /** Creates a queue for one test; returns its URL. For a FIFO queue the suffix `.fifo` and FifoQueue are added. */
  readonly createQueue: (options: {
    readonly fifo: boolean;
    readonly attributes?: Readonly<Record<string, string>>;
  }) => Promise<string>;
};

export async function startEmulator(name: EmulatorName): Promise<QueueEmulator> {
  const server = name === "fauxqs" ? await startFauxqs() : await startElasticMq();
  const { endpoint } = server;
  const client = createTestQueueClient(endpoint);
  return {
    client,
    async createQueue({ fifo, attributes = {} }) {
      const queueName = `q-${randomUUID()}${fifo ? ".fifo" : ""}`;
      const Attributes = { ...attributes, ...(fifo ? { FifoQueue: "true" } : {}) };
      await client.send(new CreateQueueCommand({ QueueName: queueName, Attributes }));
      // The URL that a server returns may not resolve.
      return `${endpoint}/000000000000/${queueName}`;
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function startFauxqs(): Promise<AsyncDisposable & { readonly endpoint: string }> {
  const queues = await startQueues();
  return { endpoint: queues.endpoint, [Symbol.asyncDispose]: () => queues.stop() };
}

/** Name and ARN of the queue of a URL. */
export function toArn(queueUrl: string): string {
  return `arn:aws:sqs:us-east-1:000000000000:${queueUrl.split("/").at(-1) ?? ""}`;
}
