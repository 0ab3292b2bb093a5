import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
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

it("writes nothing on a connection that comes too late", async () => {
  let received = 0;
  const server = createServer((socket) => {
    socket.on("data", ({ length }) => void (received += length)).on("error", () => undefined);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let asked = 0;
  const client = createClient(endpoint, () => {
    asked += 1;
    if (asked > 1) throw new Error("too late");
  });
  await expect(client.send(ask(`${endpoint}/000000000000/q.fifo`))).rejects.toThrow("too late");
  client.destroy();
  server.close();
  await once(server, "close");
  expect([asked > 1, received]).toEqual([true, 0]);
});
