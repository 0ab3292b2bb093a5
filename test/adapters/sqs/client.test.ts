import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createQueueClient } from "../../../adapters/sqs/client.ts";
import { startQueueServer } from "../../support/queues/queue-server.ts";

const ask = (QueueUrl: string) => new GetQueueAttributesCommand({ QueueUrl });

function createClient(endpoint: string, beforeAttempt: () => void) {
  const client = createQueueClient({ endpoint, region: "us-east-1", beforeAttempt });
  client.config.credentials = async () => ({ accessKeyId: "test", secretAccessKey: "test" });
  return client;
}

it("calls beforeAttempt before each attempt, including the SDK's own retries", async () => {
  let attempts = 0;
  const client = createClient("http://127.0.0.1:1", () => void (attempts += 1));
  await expect(client.send(ask("http://127.0.0.1:1/000000000000/q.fifo"))).rejects.toThrow(
    /ECONNREFUSED/,
  );
  expect(attempts).toBeGreaterThanOrEqual(3);
  client.destroy();
});

it("sends nothing, and does not retry, if beforeAttempt throws", async () => {
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

describe("bytes that are written too late", () => {
  /** A server that counts bytes, and answers the first request. */
  const start = async () => {
    let received = 0;
    let answered = 0;
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", ({ length }) => {
        received += length;
        answered += 1;
        if (answered === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { server, endpoint, received: () => received };
  };

  it("are not written to a connection that was being opened", async () => {
    const { server, endpoint, received } = await start();
    let asked = 0;
    const client = createClient(endpoint, () => {
      asked += 1;
      // The attempt, then head and body, which wait for the connection.
      if (asked > 3) throw new Error("too late");
    });
    const url = `${endpoint}/000000000000/q.fifo`;
    await expect(client.send(ask(url))).rejects.toThrow("too late");
    client.destroy();
    server.close();
    await once(server, "close");
    expect(received()).toBe(0);
  });

  it("are not written to a kept connection", async () => {
    const { server, endpoint, received } = await start();
    let isLate = false;
    let asked = 0;
    const client = createClient(endpoint, () => {
      asked += 1;
      // In time for the attempt, and not for its bytes.
      if (isLate && asked > 1) throw new Error("too late");
    });
    const url = `${endpoint}/000000000000/q.fifo`;
    await client.send(ask(url));
    const before = received();
    isLate = true;
    asked = 0;
    await expect(client.send(ask(url))).rejects.toThrow("too late");
    client.destroy();
    server.close();
    await once(server, "close");
    expect(received()).toBe(before);
  });
});
