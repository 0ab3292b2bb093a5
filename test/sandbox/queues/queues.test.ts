import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { afterEach, expect, test } from "vitest";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(options: { dataDir?: string; port?: number } = {}) {
  const queues = await startQueues(options);
  const client = new SQSClient({
    endpoint: queues.endpoint,
    region: queues.region,
    maxAttempts: 1,
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  cleanups.push(
    () => queues.stop(),
    () => client.destroy(),
  );
  return { queues, client, url: (name: string) => toUrl(queues, name) };
}

function toUrl(queues: SandboxQueues, name: string): string {
  const url = queues.queues[name];
  if (url === undefined) throw new Error(`no queue ${name}`);
  return url;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-queues-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  return folder;
}

function toMessage(url: string, body: string, id: string): SendMessageCommand {
  return new SendMessageCommand({
    QueueUrl: url,
    MessageBody: body,
    MessageGroupId: "g",
    MessageDeduplicationId: id,
  });
}

async function receiveOne(client: SQSClient, url: string): Promise<Message | undefined> {
  const command = new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 1 });
  return (await client.send(command)).Messages?.[0];
}

test("every queue and its dead-letter queue has a URL under its short name", async () => {
  const { queues } = await start();
  const names = ["changes", "remediations", "wakeups", "transfers", "alerts"];
  expect(Object.keys(queues.queues).toSorted()).toEqual(
    names.flatMap((name) => [name, `${name}DeadLetter`]).toSorted(),
  );
  expect(queues.queues["changes"]).toBe(`${queues.endpoint}/000000000000/changes.fifo`);
});

test("the settings are those of infra/queues.yml", async () => {
  const { client, url } = await start();
  const command = new GetQueueAttributesCommand({
    QueueUrl: url("changes"),
    AttributeNames: ["All"],
  });
  const { Attributes: attributes } = await client.send(command);
  expect(attributes).toMatchObject({
    QueueArn: "arn:aws:sqs:us-east-1:000000000000:changes.fifo",
    FifoQueue: "true",
    VisibilityTimeout: "360",
    MessageRetentionPeriod: "1209600",
  });
  expect(JSON.parse(attributes?.["RedrivePolicy"] ?? "")).toEqual({
    deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:changes-dead-letter.fifo",
    maxReceiveCount: 60,
  });
});

test("they can be reached only from this machine", async () => {
  const { queues } = await start();
  const addresses = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .filter(({ family, address }) => family === "IPv4" && address !== "127.0.0.1")
    .map(({ address }) => address);
  for (const address of addresses) expect(await canConnect(address, queues.port)).toBe(false);
  expect(await canConnect("127.0.0.1", queues.port)).toBe(true);
});

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

test("a message with any character that SQS accepts is received unchanged", async () => {
  const { client, url } = await start();
  const body = "tab\t, line\n, é, 漢, 🚑";
  await client.send(toMessage(url("changes"), body, "1"));
  expect((await receiveOne(client, url("changes")))?.Body).toBe(body);
  const refused = client.send(toMessage(url("changes"), "\uFFFE", "2"));
  await expect(refused).rejects.toMatchObject({
    name: expect.stringMatching(/InvalidMessageContents$/),
  });
});

test("messages survive a restart on the same port", async () => {
  const dataDir = newFolder();
  const first = await start({ dataDir });
  await first.client.send(toMessage(first.url("changes"), "waiting", "1"));
  await first.queues.stop();
  const second = await start({ dataDir, port: first.queues.port });
  expect(second.queues.queues).toEqual(first.queues.queues);
  expect((await receiveOne(second.client, second.url("changes")))?.Body).toBe("waiting");
});

test("a message whose visibility timeout is set to 0 is received again, with dataDir and without", async () => {
  for (const options of [{}, { dataDir: newFolder() }]) {
    const { client, url } = await start(options);
    await client.send(toMessage(url("changes"), "again", "1"));
    const message = await receiveOne(client, url("changes"));
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url("changes"),
        ReceiptHandle: message?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    expect((await receiveOne(client, url("changes")))?.MessageId).toBe(message?.MessageId);
  }
});

test("stop aborts a long poll and frees the port", async () => {
  const { queues, client, url } = await start();
  const command = new ReceiveMessageCommand({ QueueUrl: url("alerts"), WaitTimeSeconds: 20 });
  const poll = client.send(command).catch(() => "broken off");
  const startedAt = performance.now();
  await queues.stop();
  expect(performance.now() - startedAt).toBeLessThan(2000);
  expect(await poll).toBe("broken off");
  await start({ port: queues.port });
});

test("a port that is in use is named in the error", async () => {
  const { queues } = await start();
  await expect(startQueues({ port: queues.port })).rejects.toMatchObject({
    code: "QueueUnreachable",
    message: expect.stringContaining(`port ${queues.port}`),
  });
});
