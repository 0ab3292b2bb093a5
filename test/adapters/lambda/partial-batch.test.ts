import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import type { SqsBatchProcess } from "../../../adapters/lambda/sqs-process.ts";
import { toQueueUrl, toRecord } from "./invocation.ts";
import { invokeHandler, runRecords, VERDICTS, type Run } from "./run-records.ts";

describe("FIFO", () => {
  test("after a temporary failure the later messages of its group are retried too, unprocessed; other groups continue", async () => {
    const { failed, processed } = await runRecords([
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
    const { failed } = await runRecords(
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
    const { failed, processed, queues } = await runRecords(
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
    const { failed, processed } = await runRecords([
      toRecord("a1", "poison", { group: "a" }),
      toRecord("a2", "done", { group: "a" }),
    ]);
    expect(failed).toEqual([]);
    expect(processed).toEqual(["a1", "a2"]);
  });

  test("if all messages fail, all are reported: the invocation itself does not fail", async () => {
    const { failed } = await runRecords([
      toRecord("a", "retry", { group: "a" }),
      toRecord("b", "retry", { group: "b" }),
    ]);
    expect(failed).toEqual(["a", "b"]);
  });
});

test("on a standard queue each message is processed on its own", async () => {
  const records = [toRecord("1", "retry"), toRecord("2", "done"), toRecord("3", "poison")];
  const { failed, queues } = await runRecords(records, {
    fifo: false,
    deadLetterQueueUrl: toQueueUrl("dead"),
  });
  expect(failed).toEqual(["1"]);
  expect(queues.sentTo("dead")).toMatchObject([{ MessageBody: "poison" }]);
  expect(queues.sentTo("dead")[0]).not.toHaveProperty("MessageGroupId");
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
    const result = await runRecords([toRecord("a", "x", { group: "a" })], {
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
    const running = runRecords(
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
    const running = runRecords([toRecord("a", "x", { group: "a" })], {
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

describe("a batch that is processed together", () => {
  const records = [toRecord("a", "1", { group: "a" }), toRecord("b", "2", { group: "b" })];

  const runBatch = async (
    batch: SqsBatchProcess,
    remainingMs?: number,
  ): Promise<readonly string[]> =>
    (await invokeHandler(records, { process: { batch } }, remainingMs)).failed;

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
