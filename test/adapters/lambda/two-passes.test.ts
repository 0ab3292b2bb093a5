import { expect, test } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import type { TwoPassProcess } from "../../../adapters/lambda/sqs-process.ts";
import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import { toRecord } from "./invocation.ts";
import { invokeHandler } from "./run-records.ts";

const run = async (
  records: readonly SqsRecord[],
  begin: TwoPassProcess,
  remainingMs?: number,
): Promise<readonly string[]> =>
  (await invokeHandler(records, { process: { begin } }, remainingMs)).failed;

const batch = (...ids: readonly string[]): readonly SqsRecord[] =>
  ids.map((id) => toRecord(id, id, { group: id.slice(0, 1) }));

test("every lane of a batch has begun before the rest of any runs, and a lane keeps its order", async () => {
  const steps: string[] = [];
  const failed = await run(batch("a1", "b1", "a2", "c1"), async ({ messageId }) => {
    steps.push(`begin ${messageId}`);
    await new Promise(setImmediate);
    return async () => {
      steps.push(`rest ${messageId}`);
      return { outcome: "done" };
    };
  });
  expect(failed).toEqual([]);
  expect(steps.slice(0, 3)).toEqual(["begin a1", "begin b1", "begin c1"]);
  expect(steps.slice(3, 6)).toEqual(["rest a1", "rest b1", "rest c1"]);
  expect(steps.slice(6)).toEqual(["begin a2", "rest a2"]);
});

test("at most ten messages begin at the same time", async () => {
  let beginning = 0;
  let most = 0;
  const ids = Array.from({ length: 40 }, (_, index) => `${String.fromCodePoint(97 + index)}1`);
  await run(batch(...ids), async () => {
    beginning += 1;
    most = Math.max(most, beginning);
    await new Promise(setImmediate);
    beginning -= 1;
    return async () => ({ outcome: "done" });
  });
  expect(most).toBe(10);
});

test("a message that cannot begin is retried with the later ones of its lane; the others are done", async () => {
  const failed = await run(batch("a1", "b1", "a2", "c1"), async ({ messageId }) => {
    if (messageId === "a1") throw new KubemendError("Unavailable", "away", { retryable: true });
    if (messageId === "c1") throw new TypeError("x is not a function");
    return async () => ({ outcome: "done" });
  });
  expect(failed).toEqual(["a1", "a2", "c1"]);
});

test("a message that never begins does not keep the function from answering in time", async () => {
  const failed = await run(
    batch("a1", "b1"),
    ({ messageId }) =>
      messageId === "a1"
        ? new Promise(() => {})
        : Promise.resolve(async () => ({ outcome: "done" }) as const),
    60,
  );
  expect(failed).toEqual(["a1", "b1"]);
});

test("a message that takes long to begin delays the others of its batch by five seconds", async () => {
  const done: string[] = [];
  const slow = Promise.withResolvers<undefined>();
  const begunMs = performance.now();
  await run(batch("a1", "b1"), async ({ messageId }) => {
    if (messageId === "a1") await slow.promise;
    return async () => {
      done.push(messageId);
      if (messageId === "b1") slow.resolve(undefined);
      return { outcome: "done" };
    };
  });
  expect(done).toEqual(["b1", "a1"]);
  expect(performance.now() - begunMs).toBeLessThan(10_000);
});
