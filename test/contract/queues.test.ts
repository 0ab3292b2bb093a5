import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findElasticMqObstacle } from "../support/queues/elasticmq.ts";
import {
  startEmulator,
  type EmulatorName,
  type QueueEmulator,
} from "../support/queues/queue-emulator.ts";
import { IDENTITY_CLAUSES } from "./queues/identity-clauses.ts";
import { ORDER_CLAUSES } from "./queues/order-clauses.ts";
import { REFUSAL_CLAUSES } from "./queues/refusal-clauses.ts";

// The behaviour of SQS that the relay and the functions rely on, checked on each emulator. Each clause has its own queues, so
// that their waits overlap.
const CLAUSES = [...ORDER_CLAUSES, ...IDENTITY_CLAUSES, ...REFUSAL_CLAUSES];

const obstacle = findElasticMqObstacle();
const EMULATORS: readonly EmulatorName[] =
  obstacle === undefined ? ["fauxqs", "ElasticMQ"] : ["fauxqs"];

test("the queue contract is checked on ElasticMQ too", ({ skip }) => {
  if (obstacle !== undefined) return skip(obstacle);
  expect(EMULATORS).toContain("ElasticMQ");
});

describe.each(EMULATORS)("%s", (name) => {
  let emulator: QueueEmulator;

  beforeAll(async () => {
    emulator = await startEmulator(name);
  });

  afterAll(async () => {
    await emulator[Symbol.asyncDispose]();
  });

  for (const clause of CLAUSES) {
    const deviation = clause.deviations?.[name];
    const otherwise = deviation === undefined ? "" : ` (not here: ${deviation.reason})`;
    test.concurrent(`${clause.name}${otherwise}`, async ({ expect }) => {
      const expected = deviation === undefined ? clause.aws : deviation.seen;
      expect(await clause.ask(emulator)).toEqual(expected);
    });
  }
});
