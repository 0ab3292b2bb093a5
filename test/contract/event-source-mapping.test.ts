import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startQueues, type SandboxQueues } from "../../sandbox/queues/queues.ts";
import {
  startEventSourceMapping,
  type EventSourceMapping,
  type MappingProblem,
} from "../../sandbox/runtime/event-source-mapping.ts";
import { startFunction, type SandboxFunction } from "../../sandbox/runtime/function.ts";
import { toQueueArn } from "../../sandbox/queues/queue-settings.ts";
import { bundleToyFunctions, type ToyFunctions } from "../sandbox/runtime/toy-functions.ts";

// The real parts together: queue server, event source mapping, Runtime API, and a bundled function in its own processes.
let toys: ToyFunctions;
let queues: SandboxQueues;
let client: SQSClient;
let toy: SandboxFunction;
let mapping: EventSourceMapping | undefined;
let lines: string[];
let problems: MappingProblem[];
let url: string;
let deadLetterUrl: string;

beforeAll(async () => {
  toys = await bundleToyFunctions();
});

afterAll(async () => {
  await toys[Symbol.asyncDispose]();
});

beforeEach(async () => {
  queues = await startQueues();
  client = new SQSClient({
    endpoint: queues.endpoint,
    region: queues.region,
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  lines = [];
  problems = [];
  deadLetterUrl = await createQueue("work-dead-letter.fifo", {});
  url = await createQueue("work.fifo", {
    VisibilityTimeout: "1",
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: toQueueArn("work-dead-letter.fifo"),
      maxReceiveCount: 3,
    }),
  });
});

afterEach(async () => {
  await mapping?.stop();
  await toy.stop();
  client.destroy();
  await queues.stop();
});

async function createQueue(name: string, attributes: Record<string, string>): Promise<string> {
  const Attributes = { ...attributes, FifoQueue: "true" };
  await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return `${queues.endpoint}/000000000000/${name}`;
}

/** For tests without failures: on a busy machine a batch may take longer than the queue's second, and would be delivered twice. */
async function allowSlowBatches(): Promise<void> {
  const Attributes = { VisibilityTimeout: "30" };
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
}

function start(options: { bundle?: string } = {}): void {
  const concurrency = 2;
  toy = startFunction({
    name: "work",
    bundle: toys.bundle(options.bundle ?? "batch"),
    environment: {},
    timeoutMs: 5000,
    memoryMb: 128,
    concurrency,
    onLog(line, stream) {
      if (stream === "stdout") lines.push(line);
    },
  });
  mapping = startEventSourceMapping({
    client,
    queueUrl: url,
    queueArn: toQueueArn("work.fifo"),
    settings: {
      queue: "work",
      fifo: true,
      batchSize: 10,
      batchingWindowMs: 0,
      reportBatchItemFailures: true,
    },
    invoke: (event) => toy.invoke(event),
    concurrency,
    drainTimeoutMs: 5000,
    onProblem: (problem) => problems.push(problem),
  });
}

type Work = { readonly n: number; readonly group: string; readonly fail?: boolean };

async function send(work: readonly Work[]): Promise<void> {
  for (let first = 0; first < work.length; first += 10) {
    const Entries = work.slice(first, first + 10).map((item) => ({
      Id: String(item.n),
      MessageBody: JSON.stringify(item),
      MessageGroupId: item.group,
      MessageDeduplicationId: String(item.n),
    }));
    await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  }
}

function doneOf(group: string): readonly number[] {
  return lines
    .map((line) => JSON.parse(line) as Work)
    .filter((item) => item.group === group)
    .map((item) => item.n);
}

async function countMessages(queueUrl: string): Promise<number> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
  });
  const { Attributes: attributes = {} } = await client.send(command);
  return Object.values(attributes).reduce((sum, count) => sum + Number(count), 0);
}

test("each group's messages are handled once and in order, and then the queue is empty", async () => {
  await allowSlowBatches();
  start();
  const groups = ["a", "b", "c", "d", "e"];
  const work = Array.from({ length: 100 }, (_, n) => ({ n, group: groups[n % 5] ?? "" }));
  await send(work);
  await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(100);
  for (const group of groups) {
    const expected = work.filter((item) => item.group === group).map((item) => item.n);
    expect(doneOf(group)).toEqual(expected);
  }
  await expect.poll(() => countMessages(url)).toBe(0);
  expect(problems).toEqual([]);
});

test("a poison message blocks only its group, and is dead-lettered after maxReceiveCount", async () => {
  start();
  await send([
    { n: 1, group: "bad", fail: true },
    { n: 2, group: "bad" },
    { n: 3, group: "good" },
    { n: 4, group: "good" },
  ]);
  await expect.poll(() => doneOf("good"), { timeout: 2000 }).toEqual([3, 4]);
  expect(doneOf("bad")).toEqual([]);
  await expect.poll(() => doneOf("bad"), { timeout: 10_000 }).toEqual([2]);
  await expect.poll(() => countMessages(url)).toBe(0);
  const { Messages: dead = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: deadLetterUrl,
      MessageSystemAttributeNames: ["All"],
      WaitTimeSeconds: 1,
    }),
  );
  expect(dead.map((message) => (JSON.parse(message.Body ?? "") as Work).n)).toEqual([1]);
  expect(dead[0]?.Attributes?.["MessageGroupId"]).toBe("bad");
});

test("messages for a function that cannot start stay, and are handled once it can", async () => {
  start({ bundle: "broken" });
  await send([{ n: 1, group: "a" }]);
  await expect
    .poll(() => problems[0]?.message, { timeout: 5000 })
    .toBe("Error: KUBEMEND_ALERTS_QUEUE_URL is missing");
  expect(await mapping?.stop()).toBe(true);
  await toy.stop();
  expect(await countMessages(url)).toBe(1);
  start();
  await expect.poll(() => countMessages(url), { timeout: 5000 }).toBe(0);
  expect(doneOf("a")).toEqual([1]);
});

test("the mapping continues when the queues return on the same port", async () => {
  start();
  await queues.stop();
  await expect.poll(() => problems[0]?.step, { timeout: 10_000 }).toBe("poll");
  queues = await startQueues({ port: queues.port });
  await createQueue("work.fifo", {});
  await send([{ n: 1, group: "a" }]);
  await expect.poll(() => doneOf("a"), { timeout: 15_000 }).toEqual([1]);
});

test("stop finishes what was received; the rest stays in the queue", async () => {
  await allowSlowBatches();
  start();
  await send(Array.from({ length: 200 }, (_, n) => ({ n, group: `g${n % 20}` })));
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(await mapping?.stop()).toBe(true);
  await expect.poll(async () => lines.length + (await countMessages(url))).toBe(200);
});

test("two thousand messages of fifty groups are processed at hundreds per second", async ({
  annotate,
}) => {
  await allowSlowBatches();
  start();
  const count = 2000;
  const startedAt = performance.now();
  await send(Array.from({ length: count }, (_, n) => ({ n, group: `g${n % 50}` })));
  await expect.poll(() => lines.length, { timeout: 50_000, interval: 20 }).toBe(count);
  const rate = Math.round(count / ((performance.now() - startedAt) / 1000));
  await annotate(`${rate} messages a second, sending included`);
  expect(rate).toBeGreaterThan(100);
});
