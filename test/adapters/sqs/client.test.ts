import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { expect, it } from "vitest";
import { createQueueClient } from "../../../adapters/sqs/client.ts";
import { startQueueServer } from "../../support/queue-server.ts";

const ask = (QueueUrl: string) => new GetQueueAttributesCommand({ QueueUrl });

function createClient(endpoint: string, beforeAttempt: () => void) {
  const client = createQueueClient({ endpoint, region: "us-east-1", beforeAttempt });
  client.config.credentials = async () => ({ accessKeyId: "test", secretAccessKey: "test" });
  return client;
}

it("asks before each attempt, those of the SDK's own retries too", async () => {
  let attempts = 0;
  const client = createClient("http://127.0.0.1:1", () => void (attempts += 1));
  await expect(client.send(ask("http://127.0.0.1:1/000000000000/q.fifo"))).rejects.toThrow(
    /ECONNREFUSED/,
  );
  expect(attempts).toBe(3);
  client.destroy();
});

it("sends nothing, and tries no second time, where the answer is a throw", async () => {
  await using queues = await startQueueServer();
  let attempts = 0;
  const client = createClient(new URL(queues.fifoUrl).origin, () => {
    attempts += 1;
    throw new Error("too late");
  });
  await expect(client.send(ask(queues.fifoUrl))).rejects.toThrow("too late");
  expect(attempts).toBe(1);
  client.destroy();
});
