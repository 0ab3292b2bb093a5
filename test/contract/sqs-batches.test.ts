import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MessageVerdict } from "../../adapters/lambda/message-verdict.ts";
import { createSqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import { parsePipeline } from "../../core/pipeline/parse/parse-pipeline.ts";
import { createNormalize } from "../../functions/normalize/normalize.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { startEventSourceMapping } from "../../sandbox/runtime/event-source-mapping.ts";
import type { SqsEvent } from "../../sandbox/runtime/sqs-event.ts";
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
  toArn,
  type EmulatorName,
  type QueueEmulator,
} from "../support/queues/queue-emulator.ts";
import { toRedrive } from "./queues/probe.ts";

// Several records of one FIFO group in one batch, through the handler that all functions use: in hand-made events, and
// received from ElasticMQ, the only emulator that returns several messages of a group in one receive.

type Process = (record: SqsRecord, received: number) => MessageVerdict | Promise<MessageVerdict>;

type Sent = { readonly group: string; readonly body: string };

type Scenario = {
  readonly name: string;
  /** Bodies; the letter is the group. */
  readonly batch: readonly string[];
  /** Outcomes at the first delivery; records that are not named succeed, and so does everything at later deliveries. */
  readonly verdicts: Readonly<Record<string, MessageVerdict | "hangs">>;
  readonly remainingMs?: number;
  readonly processed: readonly string[];
  readonly givenBack: readonly string[];
  readonly dead?: readonly string[];
};

const DONE: MessageVerdict = { outcome: "done" };
const AWAY: MessageVerdict = {
  outcome: "retry",
  code: "Unavailable",
  reason: "away",
  delaySeconds: 1,
};
const POISON: MessageVerdict = { outcome: "poison", code: "MalformedMessage", reason: "not ours" };

const SCENARIOS: readonly Scenario[] = [
  {
    name: "a temporary failure returns that record and the later ones of its group, and other groups continue",
    batch: ["a1", "a2", "b1", "a3", "b2", "a4"],
    verdicts: { a2: AWAY },
    processed: ["a1", "a2", "b1", "b2"],
    givenBack: ["a2", "a3", "a4"],
  },
  {
    name: "each group stops at its own failure",
    batch: ["a1", "b1", "c1", "a2", "b2", "c2"],
    verdicts: { a1: AWAY, c2: AWAY },
    processed: ["a1", "b1", "c1", "b2", "c2"],
    givenBack: ["a1", "a2", "c2"],
  },
  {
    name: "a poison message is dead-lettered at once with its reason, and its group continues",
    batch: ["a1", "a2", "a3", "b1"],
    verdicts: { a2: POISON },
    processed: ["a1", "a2", "a3", "b1"],
    givenBack: [],
    dead: ["a2"],
  },
  {
    name: "the messages after a poison message still stop at a temporary failure",
    batch: ["a1", "a2", "a3"],
    verdicts: { a1: POISON, a2: AWAY },
    processed: ["a1", "a2"],
    givenBack: ["a2", "a3"],
    dead: ["a1"],
  },
  {
    name: "the handler stops in time before the timeout, and returns the records that are not processed",
    batch: ["a1", "a2", "a3", "a4"],
    verdicts: { a2: "hangs" },
    remainingMs: 400,
    processed: ["a1", "a2"],
    givenBack: ["a2", "a3", "a4"],
  },
];

/** Groups are processed concurrently, and ElasticMQ returns a batch group by group: only the order within a group matters. */
function byGroup(bodies: readonly (string | undefined)[]): readonly string[] {
  const texts = bodies.map((body) => body ?? "");
  return texts.toSorted((left, right) => left.slice(0, 1).localeCompare(right.slice(0, 1)));
}

function unreachable(): Promise<never> {
  return Promise.reject(new Error("nothing is asked of it"));
}

function toSent(body: string): Sent {
  return { group: body.slice(0, 1), body };
}

function toProcess(scenario: Scenario): Process {
  return ({ body }, received) => {
    const verdict = received > 1 ? DONE : (scenario.verdicts[body] ?? DONE);
    return verdict === "hangs" ? new Promise(() => {}) : verdict;
  };
}

/** The real normalize; its pipeline has no rules, so that every message that it can parse succeeds. */
function createReader(client: SQSClient): Process {
  const pipeline = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    watch: [{ resource: "pods" }],
  });
  if (!pipeline.ok) throw new Error("the test's pipeline is invalid");
  const normalize = createNormalize({
    pipeline: pipeline.value,
    client: { server: "", request: unreachable, stream: unreachable, close: unreachable },
    discovery: { catalog: unreachable, refresh: unreachable },
    clusterUid: unreachable,
    queues: client,
    remediationsQueueUrl: toQueueUrl("remediations.fifo"),
    alertsQueueUrl: toQueueUrl("alerts"),
    wakeupsQueueUrl: toQueueUrl("wakeups"),
    now: () => "2026-01-01T00:00:00.000Z",
  });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const telemetry = { logger, count() {} };
  const context = { signal: new AbortController().signal, deadlineMs: Infinity, telemetry };
  return async (record) => (await normalize([record], context))[0] ?? DONE;
}

function readSample(path: string): string {
  return readFileSync(join(findProjectRoot(), "events", "samples", "change-1", path), "utf8");
}

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
    const { givenBack, dead, lines } = await handleByHand(sent, createReader);
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

  async function countMessages(url: string): Promise<number> {
    const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] });
    const { Attributes: attributes = {} } = await emulator.client.send(command);
    return (
      Number(attributes["ApproximateNumberOfMessages"]) +
      Number(attributes["ApproximateNumberOfMessagesNotVisible"])
    );
  }

  async function receiveDead(url: string) {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    });
    return (await emulator.client.send(command)).Messages ?? [];
  }

  /** Puts everything on the queue before the mapping starts, and runs until the queue is empty. */
  async function flow(
    sent: readonly Sent[],
    process: Process,
    options: {
      readonly remainingMs?: number | undefined;
      readonly visibilitySeconds?: number;
    } = {},
  ) {
    const { remainingMs, visibilitySeconds = 360 } = options;
    const dead = await emulator.createQueue({ fifo: true });
    // As deployed: a poison message must not need so many receives.
    const VisibilityTimeout = String(visibilitySeconds);
    const attributes = { ...toRedrive(dead, 60), VisibilityTimeout };
    const url = await emulator.createQueue({ fifo: true, attributes });
    for (const [index, { group, body }] of sent.entries()) {
      const ids = { MessageGroupId: group, MessageDeduplicationId: String(index) };
      await emulator.client.send(
        new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...ids }),
      );
    }
    const events: SqsEvent[] = [];
    const answers: (readonly string[])[] = [];
    const processed: { readonly body: string; readonly event: number }[] = [];
    const { lines } = await captureLines(async () => {
      const handler = createSqsHandler({
        name: "batches",
        fifo: true,
        client: emulator.client,
        deadLetterQueueUrl: dead,
        process: async (record) => {
          processed.push({ body: record.body, event: events.length });
          return process(record, Number(record.attributes.ApproximateReceiveCount));
        },
      });
      const mapping = startEventSourceMapping({
        client: emulator.client,
        queueUrl: url,
        queueArn: toArn(url),
        settings: {
          queue: "batches",
          fifo: true,
          batchSize: 10,
          batchingWindowMs: 0,
          reportBatchItemFailures: true,
        },
        async invoke(event) {
          events.push(event);
          const payload = await handler(event, toContext(remainingMs));
          answers.push(payload.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
          return { outcome: "ok", payload };
        },
        concurrency: 1,
        drainTimeoutMs: 5000,
      });
      await expect.poll(() => countMessages(url), { timeout: 20_000 }).toBe(0);
      expect(await mapping.stop()).toBe(true);
    });
    const bodies = new Map(
      events.flatMap(({ Records }) => Records.map((record) => [record.messageId, record.body])),
    );
    return {
      events,
      lines,
      processed,
      givenBack: (answers[0] ?? []).map((id) => bodies.get(id)),
      dead: await receiveDead(dead),
    };
  }

  test.each(SCENARIOS)("$name", async (scenario) => {
    const sent = scenario.batch.map((body) => toSent(body));
    const { remainingMs } = scenario;
    const seen = await flow(sent, toProcess(scenario), { remainingMs });
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
    const { dead, events } = await flow([{ group: "a", body: "a1" }], () => POISON);
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
    const old = createReader(emulator.client);
    const upgraded: string[] = [];
    const { lines, givenBack, dead } = await flow(sent, (record, received) => {
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
    const seen = await flow(
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
