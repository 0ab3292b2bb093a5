import type { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import {
  captureLines,
  createFakeQueues,
  toContext,
  toQueueUrl,
  toRecord,
} from "../adapters/lambda/invocation.ts";
import { findElasticMqObstacle } from "../support/queues/elasticmq.ts";
import {
  startEmulator,
  type EmulatorName,
  type QueueEmulator,
} from "../support/queues/queue-emulator.ts";
import { createNormalizeProcess, readSample } from "./batches/normalize-process.ts";
import { receiveBatches } from "./batches/receive-batches.ts";
import {
  AWAY,
  byGroup,
  DONE,
  POISON,
  SCENARIOS,
  toProcess,
  toSent,
  type Process,
  type Sent,
} from "./batches/scenario.ts";

// Several records of one FIFO group in one batch, through the handler that all functions use: in hand-made events, and
// received from ElasticMQ, the only emulator that returns several messages of a group in one receive.

async function handleByHand(
  sent: readonly Sent[],
  process: (queues: SQSClient) => Process,
  remainingMs?: number,
) {
  const queues = createFakeQueues();
  const judge = process(queues.client);
  const processed: string[] = [];
  const { value, lines } = await captureLines(() => {
    const handler = createSqsHandler({
      name: "batches",
      fifo: true,
      client: queues.client,
      deadLetterQueueUrl: toQueueUrl("dead.fifo"),
      process: async (record) => {
        processed.push(record.body);
        return judge(record, 1);
      },
    });
    const records = sent.map(({ group, body }) => toRecord(body, body, { group }));
    return handler({ Records: records }, toContext(remainingMs));
  });
  const givenBack = value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return { processed, givenBack, lines, dead: queues.sentTo("dead.fifo") };
}

describe("in a hand-made event", () => {
  test.each(SCENARIOS)("$name", async (scenario) => {
    const sent = scenario.batch.map((body) => toSent(body));
    const seen = await handleByHand(sent, () => toProcess(scenario), scenario.remainingMs);
    expect(byGroup(seen.processed)).toEqual(byGroup(scenario.processed));
    expect(seen.givenBack).toEqual(scenario.givenBack);
    expect(seen.dead.map((entry) => entry.MessageBody)).toEqual(scenario.dead ?? []);
  });

  test("what cannot be a message is dead-lettered, and one of a newer contract is returned with a metric", async () => {
    const foreign = readSample("invalid/an-s3-notification.json");
    const newer = readSample("invalid/newer-contract.json");
    const fine = readSample("valid/job-failed.json");
    const sent = [
      { group: "a", body: foreign },
      { group: "a", body: fine },
      { group: "b", body: newer },
      { group: "b", body: readSample("valid/truncated.json") },
    ];
    const { givenBack, dead, lines } = await handleByHand(sent, createNormalizeProcess);
    expect(givenBack).toEqual([newer, sent[3]?.body]);
    expect(dead).toMatchObject([
      {
        MessageBody: foreign,
        MessageGroupId: "a",
        MessageAttributes: { "kubemend.code": { StringValue: "MalformedMessage" } },
      },
    ]);
    expect(lines).toContainEqual(
      expect.objectContaining({ RetriedBy: 1, code: "NewerContract", service: "batches" }),
    );
  });
});

const obstacle = findElasticMqObstacle();
/** fauxqs returns one message of a group at a time. */
const EMULATORS: readonly EmulatorName[] = obstacle === undefined ? ["ElasticMQ"] : [];

test("batches with several records of a group are received from ElasticMQ", ({ skip }) => {
  if (obstacle !== undefined) return skip(obstacle);
  expect(EMULATORS).toEqual(["ElasticMQ"]);
});

describe.each(EMULATORS)("in a batch received from %s", (name) => {
  let emulator: QueueEmulator;

  beforeAll(async () => {
    emulator = await startEmulator(name);
  });

  afterAll(async () => {
    await emulator[Symbol.asyncDispose]();
  });

  test.each(SCENARIOS)("$name", async (scenario) => {
    const sent = scenario.batch.map((body) => toSent(body));
    const { remainingMs } = scenario;
    const seen = await receiveBatches(emulator, sent, toProcess(scenario), { remainingMs });
    const received = seen.events[0]?.Records.map((record) => record.body) ?? [];
    expect(byGroup(received)).toEqual(byGroup(scenario.batch));
    const inFirst = seen.processed.filter(({ event }) => event === 1).map(({ body }) => body);
    expect(byGroup(inFirst)).toEqual(byGroup(scenario.processed));
    expect(byGroup(seen.givenBack)).toEqual(byGroup(scenario.givenBack));
    expect(seen.dead.map((message) => message.Body)).toEqual(scenario.dead ?? []);
    // Only the returned records were received again, each group in its order.
    const again = seen.processed.filter(({ event }) => event > 1).map(({ body }) => body);
    for (const group of ["a", "b", "c"]) {
      const expected = scenario.givenBack.filter((body) => body.startsWith(group));
      expect(again.filter((body) => body.startsWith(group))).toEqual(expected);
    }
  });

  test("a dead letter records why, by which function, and of which message; it keeps its group", async () => {
    const { dead, events } = await receiveBatches(
      emulator,
      [{ group: "a", body: "a1" }],
      () => POISON,
    );
    const [letter] = dead;
    expect(letter?.Attributes?.["MessageGroupId"]).toBe("a");
    const attributes = Object.entries(letter?.MessageAttributes ?? {});
    expect(
      Object.fromEntries(attributes.map(([name, value]) => [name, value.StringValue])),
    ).toEqual({
      "kubemend.reason": "not ours",
      "kubemend.code": "MalformedMessage",
      "kubemend.function": "batches",
      "kubemend.messageId": events[0]?.Records[0]?.messageId,
    });
  });

  test("an upgrade in the wrong order delays messages but loses none: the newer message and those after it in its group wait for the upgrade", async () => {
    const newer = readSample("invalid/newer-contract.json");
    const later = readSample("valid/job-failed.json");
    const sent = [newer, later].map((body) => ({ group: "a", body }));
    const old = createNormalizeProcess(emulator.client);
    const upgraded: string[] = [];
    const { lines, givenBack, dead } = await receiveBatches(emulator, sent, (record, received) => {
      if (received === 1) return old(record, received);
      upgraded.push(record.body);
      return DONE;
    });
    expect(givenBack).toEqual([newer, later]);
    expect(upgraded).toEqual([newer, later]);
    expect(dead).toEqual([]);
    expect(lines).toContainEqual(expect.objectContaining({ RetriedBy: 1, code: "NewerContract" }));
  });

  test("a batch over 6 MB takes several invocations, and a failure in one blocks its group in the next", async () => {
    const pad = "x".repeat(900_000);
    const sent = Array.from({ length: 8 }, (_, index) => ({
      group: "a",
      body: `a${index} ${pad}`,
    }));
    // The records of the second invocation are neither processed nor returned: they wait for the queue's visibility timeout.
    const seen = await receiveBatches(
      emulator,
      sent,
      ({ body }, received) => (body.startsWith("a3") && received === 1 ? AWAY : DONE),
      { visibilitySeconds: 8 },
    );
    for (const event of seen.events) {
      expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(6 * 1024 * 1024);
    }
    expect(seen.events[0]?.Records.length).toBeLessThan(8);
    const names = seen.processed.map(({ body }) => body.slice(0, 2));
    expect(names).toEqual(["a0", "a1", "a2", "a3", "a3", "a4", "a5", "a6", "a7"]);
  });
});
