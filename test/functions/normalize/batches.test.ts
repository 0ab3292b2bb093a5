import { SendMessageBatchCommand, type SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { afterEach, expect, test, vi } from "vitest";
import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import { createFakeQueues, toRecord, type FakeQueues } from "../../adapters/lambda/invocation.ts";
import { createWorld, FAILED_JOB, RERUN, toMessage, toPipeline } from "./world.ts";

const TELL = {
  id: "tell",
  on: RERUN.on,
  where: RERUN.where,
  then: [{ alert: { to: "oncall", summary: "object.metadata.name" } }],
};
const pipeline = toPipeline(RERUN, { ...RERUN, id: "rerun-too" }, TELL);

/** A failed Job of this name, in the message group of the same name or another. */
function toFailed(name: string, group: string = name): SqsRecord {
  const metadata = { ...FAILED_JOB.metadata, name, uid: `uid-${name}` };
  const message = toMessage(pipeline, { ...FAILED_JOB, metadata });
  return toRecord(name, JSON.stringify(message), { group });
}

/** The entries of each call, by rule and object. */
function toCalls(queues: FakeQueues, queue: string): readonly (readonly string[])[] {
  return queues.stub
    .commandCalls(SendMessageBatchCommand)
    .map(({ args }) => args[0].input)
    .filter(({ QueueUrl }) => QueueUrl?.endsWith(queue) === true)
    .map(({ Entries = [] }) => Entries.map((entry) => describe(entry)));
}

function describe({ MessageBody = "" }: SendMessageBatchRequestEntry): string {
  const { data } = JSON.parse(MessageBody) as {
    readonly data: { readonly rule: { id: string }; readonly trigger: { name: string } };
  };
  return `${data.rule.id} ${data.trigger.name}`;
}

/** Refuses the requests for one object, as SQS does: entry by entry. */
function refuse(queues: FakeQueues, refused: string, code: string): void {
  const { stub } = queues;
  stub
    .on(SendMessageBatchCommand)
    .callsFake((input: { Entries: SendMessageBatchRequestEntry[] }) => ({
      Successful: input.Entries.filter((one) => describe(one) !== refused).map(({ Id }) => ({
        Id,
      })),
      Failed: input.Entries.filter((one) => describe(one) === refused).map(({ Id }) => ({
        Id,
        Code: code,
        SenderFault: code === "InvalidMessageContents",
      })),
    }));
}

test("the requests of a batch are sent together, ten per call, and so are its alerts", async () => {
  const queues = createFakeQueues();
  const world = createWorld({ pipeline, queues });
  const records = Array.from({ length: 10 }, (_, index) => toFailed(`job-${index}`));
  expect(await world.normalizeBatch(records)).toEqual(records.map(() => ({ outcome: "done" })));
  expect(toCalls(queues, "remediations.fifo").map((call) => call.length)).toEqual([10, 10]);
  expect(toCalls(queues, "alerts").map((call) => call.length)).toEqual([10]);
});

test("the requests for an object stay in the order of its changes, in calls of their own", async () => {
  const queues = createFakeQueues();
  const world = createWorld({ pipeline, queues });
  await world.normalizeBatch([toFailed("a", "g"), toFailed("b", "g"), toFailed("c", "h")]);
  expect(toCalls(queues, "remediations.fifo")).toEqual([
    ["rerun a", "rerun-too a", "rerun c", "rerun-too c"],
    ["rerun b", "rerun-too b"],
  ]);
});

test("a second delivery sends requests with the same ids", async () => {
  const queues = createFakeQueues();
  const world = createWorld({ pipeline, queues });
  await world.normalizeBatch([toFailed("a"), toFailed("b")]);
  await world.normalizeBatch([toFailed("b")]);
  const ids = queues.sentTo("remediations.fifo").map((entry) => entry.MessageDeduplicationId);
  expect(new Set(ids).size).toBe(4);
  expect(ids).toHaveLength(6);
});

test("if a request is not accepted, its message and the later ones of its group are retried, and no others", async () => {
  const queues = createFakeQueues();
  refuse(queues, "rerun a", "ServiceUnavailable");
  const world = createWorld({ pipeline, queues });
  const verdicts = await world.normalizeBatch([
    toFailed("a", "g"),
    toFailed("b", "g"),
    toFailed("c", "h"),
  ]);
  expect(verdicts).toMatchObject([
    { outcome: "retry", code: "QueueThrottled" },
    { outcome: "retry", code: "LaterInGroup" },
    { outcome: "done" },
  ]);
  // Nothing overtakes it. Requests of another rule do not wait for it, and have the same ids when they are sent again.
  expect(toCalls(queues, "remediations.fifo").flat()).not.toContain("rerun b");
  // The alerts of a message that is retried are retried with it.
  expect(toCalls(queues, "alerts")).toHaveLength(1);
  expect(
    queues.stub.commandCalls(SendMessageBatchCommand).at(-1)?.args[0].input.Entries,
  ).toHaveLength(1);
});

test("whichever message of a batch has a request that is not accepted is the one that is retried", async () => {
  for (const refused of ["a", "b", "c"]) {
    const queues = createFakeQueues();
    refuse(queues, `rerun-too ${refused}`, "ServiceUnavailable");
    const world = createWorld({ pipeline, queues });
    const verdicts = await world.normalizeBatch(["a", "b", "c"].map((name) => toFailed(name)));
    const expected = ["a", "b", "c"].map((name) => (name === refused ? "retry" : "done"));
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(expected);
  }
});

test("a request that is refused for good ends only its own message", async () => {
  const queues = createFakeQueues();
  refuse(queues, "rerun a", "InvalidMessageContents");
  const world = createWorld({ pipeline, queues });
  const verdicts = await world.normalizeBatch([toFailed("a", "g"), toFailed("c", "h")]);
  expect(verdicts).toMatchObject([
    { outcome: "poison", code: "MessageRefused" },
    { outcome: "done" },
  ]);
});

test("after a message that cannot be decided yet, nothing is sent for the later ones of its group", async () => {
  const queues = createFakeQueues();
  const world = createWorld({ pipeline, queues });
  const newer = { ...toFailed("a", "g") };
  const body = newer.body.replace("urn:kubemend:change:1", "urn:kubemend:change:99");
  const verdicts = await world.normalizeBatch([
    { ...newer, body },
    toFailed("b", "g"),
    toRecord("x", "{}", { group: "i" }),
    toFailed("c", "i"),
  ]);
  expect(verdicts).toMatchObject([
    { outcome: "retry", code: "NewerContract" },
    { outcome: "retry", code: "LaterInGroup" },
    { outcome: "poison", code: "MalformedMessage" },
    { outcome: "done" },
  ]);
  expect(toCalls(queues, "remediations.fifo")).toEqual([["rerun c", "rerun-too c"]]);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each([
  ["5 s before it has to be done", 60_000, 55_000],
  ["a quarter of a short time before", 8_000, 6_000],
  ["at once if no time is left", -1, 0],
  ["after 15 minutes less 5 s at most: no function runs longer", Number.POSITIVE_INFINITY, 895_000],
])("a batch stops deciding %s", async (_what, leftMs, decideMs) => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const timeout = vi.spyOn(AbortSignal, "timeout");
  await createWorld({ pipeline, leftMs }).normalizeBatch([]);
  expect(timeout.mock.calls).toEqual([[decideMs]]);
});

test("what is decided in time is sent, although the API server no longer answers for the rest", async () => {
  const stop = new AbortController();
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(stop.signal);
  let reads = 0;
  const world = createWorld({
    pipeline,
    async wait(path, signal) {
      if (!path.endsWith("/jobs/second")) return;
      reads += 1;
      stop.abort();
      signal?.throwIfAborted();
    },
  });
  const second = toFailed("second");
  const message = JSON.parse(second.body) as { readonly data: object };
  const body = JSON.stringify({ ...message, data: { ...message.data, truncated: true } });
  const records = [toFailed("first"), { ...second, body }];
  expect(await world.normalizeBatch(records)).toMatchObject([
    { outcome: "done" },
    { outcome: "retry", code: "OutOfTime" },
  ]);
  expect(reads).toBe(1);
  expect(world.requests().map(({ request }) => request.data.trigger.name)).toEqual([
    "first",
    "first",
  ]);
});
