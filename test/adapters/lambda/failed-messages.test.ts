import { describe, expect, test } from "vitest";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { toBackoffSeconds } from "../../../adapters/lambda/retry-backoff.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { readQueueSettings } from "../../../sandbox/queues/queue-settings.ts";
import { createFakeQueues, toQueueUrl, toRecord } from "./invocation.ts";
import { runRecords } from "./run-records.ts";

describe("poison", () => {
  test("is sent to the dead-letter queue unchanged, with the reason in its attributes, and acknowledged", async () => {
    const { failed, queues } = await runRecords([toRecord("a1", "poison", { group: "a" })]);
    expect(failed).toEqual([]);
    expect(queues.sentTo("dead.fifo")).toMatchObject([
      {
        MessageBody: "poison",
        MessageGroupId: "a",
        MessageAttributes: {
          "kubemend.reason": { StringValue: "not ours" },
          "kubemend.code": { StringValue: "MalformedMessage" },
          "kubemend.function": { StringValue: "test" },
          "kubemend.messageId": { StringValue: "a1" },
        },
      },
    ]);
  });

  test("is retried if the dead-letter queue is not available", async () => {
    const queues = createFakeQueues();
    queues.stub.reset();
    queues.stub.rejects(new Error("connect ECONNREFUSED"));
    const { failed, lines } = await runRecords([toRecord("a1", "poison", { group: "a" })], {
      queues,
    });
    expect(failed).toEqual(["a1"]);
    expect(lines).toContainEqual(
      expect.objectContaining({ message: "message will be retried", code: "QueueUnreachable" }),
    );
  });

  test("a reason with characters that SQS refuses is cleaned and shortened", async () => {
    const reason = `bad \u0000\u001B[31m\uFFFF ${"x".repeat(5000)}`;
    const verdict: MessageVerdict = { outcome: "poison", code: "C", reason };
    const { queues } = await runRecords([toRecord("a", "x", { group: "a" })], {
      process: async () => verdict,
    });
    const sent =
      queues.sentTo("dead.fifo")[0]?.MessageAttributes?.["kubemend.reason"]?.StringValue ?? "";
    expect(sent).toMatch(/^bad \?\?\[31m\? x+ … x+$/);
    expect(sent.length).toBe(1000);
  });
});

/** Matches any number from the first, and below the second. */
const within = (from: number, to: number): unknown => ({
  asymmetricMatch: (value: unknown) => Number(value) >= from && Number(value) < to,
  toString: () => `${from} to ${to}`,
});

describe("visibility timeouts", () => {
  test("double with each receive, from 2 s to 15 min, up to a half longer, on the source queue", async () => {
    const records = [1, 3, 9, 30].map((received) =>
      toRecord(`r${received}`, "retry", { group: `g${received}`, received }),
    );
    const { queues } = await runRecords(records);
    const { r1, r3, r9, r30 } = queues.pauses();
    expect([r1, r3, r9, r30].map(Number)).toEqual([
      within(2, 3),
      within(8, 12),
      within(512, 768),
      within(900, 1350),
    ]);
    const [call] = queues.stub.calls();
    expect(call?.args[0].input).toMatchObject({ QueueUrl: toQueueUrl("source.fifo") });
  });

  test("cover six hours until maxReceiveCount is exceeded, and are limited by the setting", async () => {
    const { maxReceiveCount } = JSON.parse(
      readQueueSettings(findProjectRoot()).find(({ key }) => key === "remediations")?.attributes[
        "RedrivePolicy"
      ] ?? "{}",
    ) as { maxReceiveCount: number };
    const pauses = Array.from({ length: maxReceiveCount - 1 }, (_, index) =>
      toBackoffSeconds(toRecord("r", "retry", { received: index + 1 })),
    );
    const hours = pauses.reduce((sum, seconds) => sum + seconds, 0) / 3600;
    expect(hours).toBeGreaterThan(6);
    const records = [toRecord("r", "retry", { group: "g", received: 9 })];
    const { queues } = await runRecords(records, { retryBackoffMaxSeconds: 1 });
    expect(queues.pauses()).toEqual({ r: 1 });
  });

  test("are the same for the rest of the group, and taken from the verdict if it has one", async () => {
    const { queues } = await runRecords([
      toRecord("a1", "later", { group: "a" }),
      toRecord("a2", "done", { group: "a", received: 5 }),
    ]);
    expect(queues.pauses()).toEqual({ a1: 42, a2: 42 });
  });

  test("that cannot be changed affect nothing else", async () => {
    const queues = createFakeQueues();
    queues.stub.reset();
    queues.stub.rejects(new Error("AccessDenied"));
    const { failed, lines } = await runRecords([toRecord("a", "retry", { group: "a" })], {
      queues,
    });
    expect(failed).toEqual(["a"]);
    expect(lines).toContainEqual(expect.objectContaining({ message: "visibility change failed" }));
  });
});

test("metrics count received, done and retried messages, and poison by its code", async () => {
  const { lines } = await runRecords([
    toRecord("a1", "done", { group: "a" }),
    toRecord("a2", "retry", { group: "a" }),
    toRecord("a3", "done", { group: "a" }),
    toRecord("b1", "poison", { group: "b" }),
  ]);
  expect(lines).toContainEqual(
    expect.objectContaining({ service: "test", Received: 4, Done: 2, Retried: 2 }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ Poison: 1, code: "MalformedMessage" }));
  expect(lines).toContainEqual(expect.objectContaining({ RetriedBy: 1, code: "Unavailable" }));
  const logged = lines.filter((line) => line["level"] !== undefined);
  expect(logged.every((line) => line["requestId"] === "request-1")).toBe(true);
});

test.each([
  [9, false],
  [11, true],
])(
  "a retry %i minutes after the first receive is counted as late: %s, since SQS's own age leaves such messages out",
  async (minutes, isLate) => {
    const record = toRecord("a", "retry");
    const ApproximateFirstReceiveTimestamp = `${Date.now() - minutes * 60_000}`;
    const attributes = { ...record.attributes, ApproximateFirstReceiveTimestamp };
    const { lines } = await runRecords([{ ...record, attributes }]);
    const late = lines.filter((line) => Object.hasOwn(line, "RetriedLate"));
    expect(late.length > 0).toBe(isLate);
  },
);
