import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { createSqsHandler, type SqsHandlerOptions } from "../../../adapters/lambda/sqs-handler.ts";
import type { SqsBatchProcess, SqsProcess } from "../../../adapters/lambda/sqs-process.ts";
import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import { toBackoffSeconds } from "../../../adapters/lambda/retry-backoff.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { readQueueSettings } from "../../../sandbox/queues/queue-settings.ts";
import {
  captureLines,
  createFakeQueues,
  toContext,
  toQueueUrl,
  toRecord,
  type FakeQueues,
} from "./invocation.ts";

const VERDICTS: Readonly<Record<string, MessageVerdict>> = {
  done: { outcome: "done" },
  retry: { outcome: "retry", reason: "away", code: "Unavailable" },
  later: { outcome: "retry", reason: "away", delaySeconds: 42 },
  poison: { outcome: "poison", code: "MalformedMessage", reason: "not ours" },
};

type Run = {
  readonly failed: readonly string[];
  readonly processed: readonly string[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly queues: FakeQueues;
};

async function run(
  records: readonly SqsRecord[],
  options: Partial<Omit<SqsHandlerOptions, "process">> & {
    process?: SqsProcess;
    queues?: FakeQueues;
    remainingMs?: number;
  } = {},
): Promise<Run> {
  const { queues = createFakeQueues(), remainingMs, ...rest } = options;
  const processed: string[] = [];
  const judge: SqsProcess =
    rest.process ?? (async ({ body }) => VERDICTS[body] ?? { outcome: "done" });
  const { value, lines } = await captureLines(async () => {
    const handler = createSqsHandler({
      name: "test",
      fifo: true,
      client: queues.client,
      deadLetterQueueUrl: toQueueUrl("dead.fifo"),
      ...rest,
      process: (record, context) => {
        processed.push(record.messageId);
        return judge(record, context);
      },
    });
    return handler({ Records: records }, toContext(remainingMs));
  });
  const failed = value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return { failed, processed, lines, queues };
}

describe("FIFO", () => {
  test("after a temporary failure the later messages of its group are retried too, unprocessed; other groups continue", async () => {
    const { failed, processed } = await run([
      toRecord("a1", "done", { group: "a" }),
      toRecord("a2", "retry", { group: "a" }),
      toRecord("b1", "done", { group: "b" }),
      toRecord("a3", "done", { group: "a" }),
      toRecord("b2", "done", { group: "b" }),
    ]);
    expect(failed).toEqual(["a2", "a3"]);
    const processedOf = (group: string) => processed.filter((id) => id.startsWith(group));
    expect(processedOf("a")).toEqual(["a1", "a2"]);
    expect(processedOf("b")).toEqual(["b1", "b2"]);
  });

  test("groups are processed side by side, and the messages of a group one after the other", async () => {
    const started: string[] = [];
    const ended: string[] = [];
    const first = Promise.withResolvers<undefined>();
    const { failed } = await run(
      ["a1", "a2", "b1"].map((id) => toRecord(id, "done", { group: id.slice(0, 1) })),
      {
        process: async ({ messageId }) => {
          started.push(messageId);
          if (messageId === "a1") await first.promise;
          ended.push(messageId);
          if (messageId === "b1") first.resolve(undefined);
          return { outcome: "done" };
        },
      },
    );
    expect(failed).toEqual([]);
    expect(started).toEqual(["a1", "b1", "a2"]);
    expect(ended).toEqual(["b1", "a1", "a2"]);
  });

  test("a handler's own lanes replace the groups, each with its own backoff", async () => {
    const { failed, processed, queues } = await run(
      [
        toRecord("1", "later", { group: "a" }),
        toRecord("2", "done", { group: "a" }),
        toRecord("3", "retry", { group: "a" }),
      ],
      { toLane: ({ body }) => body },
    );
    expect(failed).toEqual(["1", "3"]);
    expect(processed).toEqual(["1", "2", "3"]);
    expect(queues.pauses()).toEqual({ "1": 42, "3": 2 });
  });

  test("poison does not block its group", async () => {
    const { failed, processed } = await run([
      toRecord("a1", "poison", { group: "a" }),
      toRecord("a2", "done", { group: "a" }),
    ]);
    expect(failed).toEqual([]);
    expect(processed).toEqual(["a1", "a2"]);
  });

  test("if all messages fail, all are reported: the invocation itself does not fail", async () => {
    const { failed } = await run([
      toRecord("a", "retry", { group: "a" }),
      toRecord("b", "retry", { group: "b" }),
    ]);
    expect(failed).toEqual(["a", "b"]);
  });
});

test("on a standard queue each message is processed on its own", async () => {
  const records = [toRecord("1", "retry"), toRecord("2", "done"), toRecord("3", "poison")];
  const { failed, queues } = await run(records, {
    fifo: false,
    deadLetterQueueUrl: toQueueUrl("dead"),
  });
  expect(failed).toEqual(["1"]);
  expect(queues.sentTo("dead")).toMatchObject([{ MessageBody: "poison" }]);
  expect(queues.sentTo("dead")[0]).not.toHaveProperty("MessageGroupId");
});

describe("poison", () => {
  test("is sent to the dead-letter queue unchanged, with the reason in its attributes, and acknowledged", async () => {
    const { failed, queues } = await run([toRecord("a1", "poison", { group: "a" })]);
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
    const { failed, lines } = await run([toRecord("a1", "poison", { group: "a" })], { queues });
    expect(failed).toEqual(["a1"]);
    expect(lines).toContainEqual(
      expect.objectContaining({ message: "message will be retried", code: "QueueUnreachable" }),
    );
  });

  test("a reason with characters that SQS refuses is cleaned and shortened", async () => {
    const reason = `bad \u0000\u001B[31m\uFFFF ${"x".repeat(5000)}`;
    const verdict: MessageVerdict = { outcome: "poison", code: "C", reason };
    const { queues } = await run([toRecord("a", "x", { group: "a" })], {
      process: async () => verdict,
    });
    const sent =
      queues.sentTo("dead.fifo")[0]?.MessageAttributes?.["kubemend.reason"]?.StringValue ?? "";
    expect(sent).toMatch(/^bad \?\?\[31m\? x+ … x+$/);
    expect(sent.length).toBe(1000);
  });
});

describe("a thrown error", () => {
  test.each<[string, unknown, readonly string[], number]>([
    [
      "a temporary failure is retried",
      new KubemendError("Unavailable", "x", { retryable: true }),
      ["a"],
      0,
    ],
    [
      "a terminal failure is poison",
      new KubemendError("Invalid", "x", { retryable: false }),
      [],
      1,
    ],
    ["an unknown error is retried", new TypeError("x"), ["a"], 0],
    ["so is a value that is not an Error", "x", ["a"], 0],
  ])("%s", async (_what, thrown, failed, dead) => {
    const result = await run([toRecord("a", "x", { group: "a" })], {
      process: async () => {
        throw thrown;
      },
    });
    expect(result.failed).toEqual(failed);
    expect(result.queues.sentTo("dead.fifo")).toHaveLength(dead);
  });
});

describe("time", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** Lets time pass up to each timer in turn, until the handler has answered. */
  async function passTime(running: Promise<Run>): Promise<Run> {
    await vi.runAllTimersAsync();
    return running;
  }

  test("it stops before the function's timeout, and reports what is not done", async () => {
    const started = performance.now();
    const running = run(
      [
        toRecord("a1", "done", { group: "a" }),
        toRecord("b1", "hangs", { group: "b" }),
        toRecord("b2", "done", { group: "b" }),
      ],
      {
        remainingMs: 200,
        process: ({ body }) =>
          body === "hangs" ? new Promise(() => {}) : Promise.resolve({ outcome: "done" }),
      },
    );
    const { failed, processed } = await passTime(running);
    expect(failed).toEqual(["b1", "b2"]);
    expect(processed).toEqual(["a1", "b1"]);
    expect(performance.now() - started).toBeLessThan(200);
  });

  test("the signal fires at the announced deadline", async () => {
    let late = Infinity;
    const running = run([toRecord("a", "x", { group: "a" })], {
      remainingMs: 200,
      process: async (_record, { signal, deadlineMs }) => {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        signal.addEventListener("abort", () => resolve(undefined));
        await promise;
        late = Date.now() - deadlineMs;
        throw signal.reason;
      },
    });
    const { failed } = await passTime(running);
    expect(failed).toEqual(["a"]);
    expect(Math.abs(late)).toBeLessThan(50);
  });
});

/** Any number from the first, and below the second. */
const within = (from: number, to: number): unknown => ({
  asymmetricMatch: (value: unknown) => Number(value) >= from && Number(value) < to,
  toString: () => `${from} to ${to}`,
});

describe("visibility timeouts", () => {
  test("double with each receive, from 2 s to 15 min, up to a half longer, on the source queue", async () => {
    const records = [1, 3, 9, 30].map((received) =>
      toRecord(`r${received}`, "retry", { group: `g${received}`, received }),
    );
    const { queues } = await run(records);
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
    const { queues } = await run(records, { retryBackoffMaxSeconds: 1 });
    expect(queues.pauses()).toEqual({ r: 1 });
  });

  test("are the same for the rest of the group, and taken from the verdict if it has one", async () => {
    const { queues } = await run([
      toRecord("a1", "later", { group: "a" }),
      toRecord("a2", "done", { group: "a", received: 5 }),
    ]);
    expect(queues.pauses()).toEqual({ a1: 42, a2: 42 });
  });

  test("that cannot be changed affect nothing else", async () => {
    const queues = createFakeQueues();
    queues.stub.reset();
    queues.stub.rejects(new Error("AccessDenied"));
    const { failed, lines } = await run([toRecord("a", "retry", { group: "a" })], { queues });
    expect(failed).toEqual(["a"]);
    expect(lines).toContainEqual(expect.objectContaining({ message: "visibility change failed" }));
  });
});

test("metrics count received, done and retried messages, and poison by its code", async () => {
  const { lines } = await run([
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

describe("a batch that is processed together", () => {
  const records = [toRecord("a", "1", { group: "a" }), toRecord("b", "2", { group: "b" })];

  async function runBatch(
    batch: SqsBatchProcess,
    remainingMs?: number,
  ): Promise<readonly string[]> {
    const queues = createFakeQueues();
    const { value } = await captureLines(() => {
      const deadLetterQueueUrl = toQueueUrl("dead.fifo");
      const process = { batch };
      const options = {
        name: "test",
        fifo: true,
        client: queues.client,
        deadLetterQueueUrl,
        process,
      };
      return createSqsHandler(options)({ Records: records }, toContext(remainingMs));
    });
    return value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  }

  test("is processed once, and each message has its own verdict", async () => {
    let calls = 0;
    const failed = await runBatch(async (all) => {
      calls += 1;
      return all.map(
        ({ body }) => VERDICTS[body === "1" ? "retry" : "done"] ?? { outcome: "done" },
      );
    });
    expect([calls, failed]).toEqual([1, ["a"]]);
  });

  test.each<readonly [string, SqsBatchProcess]>([
    ["fails as a whole", () => Promise.reject(new Error("broken"))],
    ["does not end in time", () => new Promise(() => {})],
    ["has no verdicts", async () => []],
  ])("retries all its messages if it %s", async (_, batch) => {
    expect(await runBatch(batch, 200)).toEqual(["a", "b"]);
  });
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
    const { lines } = await run([{ ...record, attributes }]);
    const late = lines.filter((line) => Object.hasOwn(line, "RetriedLate"));
    expect(late.length > 0).toBe(isLate);
  },
);
