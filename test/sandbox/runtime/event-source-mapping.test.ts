import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, expect, test, vi } from "vitest";
import {
  startEventSourceMapping,
  type EventSourceMapping,
  type EventSourceMappingOptions,
  type MappingProblem,
} from "../../../sandbox/runtime/event-source-mapping.ts";
import type { InvocationOutcome } from "../../../sandbox/runtime/invocation.ts";
import type { SqsEvent } from "../../../sandbox/runtime/sqs-event.ts";

// A queue that returns several messages of one group in one batch, which the sandbox's own does not.
const sqs = mockClient(SQSClient);
const mappings: EventSourceMapping[] = [];

afterEach(async () => {
  await Promise.all(mappings.splice(0).map((mapping) => mapping.stop()));
  sqs.reset();
});

function start(
  options: Partial<EventSourceMappingOptions> & {
    readonly answer: (event: SqsEvent) => unknown;
    readonly settings?: EventSourceMappingOptions["settings"];
  },
) {
  const events: SqsEvent[] = [];
  const problems: MappingProblem[] = [];
  const { answer, ...rest } = options;
  const mapping = startEventSourceMapping({
    client: new SQSClient({ region: "us-east-1" }),
    queueUrl: "http://127.0.0.1/000000000000/changes.fifo",
    queueArn: "arn:aws:sqs:us-east-1:000000000000:changes.fifo",
    settings: FIFO,
    concurrency: 5,
    drainTimeoutMs: 1000,
    onProblem: (problem) => problems.push(problem),
    async invoke(event): Promise<InvocationOutcome> {
      events.push(event);
      return { outcome: "ok", payload: await answer(event) };
    },
    ...rest,
  });
  mappings.push(mapping);
  return { mapping, events, problems };
}

const FIFO = {
  queue: "changes",
  fifo: true,
  batchSize: 10,
  batchingWindowMs: 0,
  reportBatchItemFailures: true,
};

function toMessages(ids: readonly string[], body = "{}"): Message[] {
  return ids.map((id) => ({
    MessageId: id,
    ReceiptHandle: `handle of ${id}`,
    Body: body,
    Attributes: { MessageGroupId: id.slice(0, 1) },
  }));
}

function giveOnce(...batches: readonly (readonly Message[] | Error)[]): void {
  const left = [...batches];
  sqs.on(ReceiveMessageCommand).callsFake(async () => {
    const batch = left.shift();
    if (batch instanceof Error) throw batch;
    if (batch === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    return { Messages: batch };
  });
  sqs.on(DeleteMessageBatchCommand).resolves({});
}

function deleted(): readonly string[] {
  return sqs
    .commandCalls(DeleteMessageBatchCommand)
    .flatMap((call) => call.args[0].input.Entries ?? [])
    .map((entry) => (entry.ReceiptHandle ?? "").replace("handle of ", ""));
}

test("if the second message of a group fails, the messages that the handler returns stay in the queue", async () => {
  giveOnce(toMessages(["a1", "a2", "a3", "b1"]));
  start({
    answer: () => ({ batchItemFailures: [{ itemIdentifier: "a2" }, { itemIdentifier: "a3" }] }),
  });
  await vi.waitFor(() => expect(deleted()).toEqual(["a1", "b1"]));
});

test("a batch over 6 MB is passed on in parts, one after the other", async () => {
  giveOnce(toMessages(["a1", "a2", "a3", "a4", "a5", "a6", "a7", "b1"], "x".repeat(1024 * 1024)));
  const { events } = start({ answer: () => null });
  await vi.waitFor(() => expect(deleted()).toHaveLength(8));
  expect(events.map((event) => event.Records.length)).toEqual([5, 3]);
});

test("a group that fails in one part is left out of the next", async () => {
  giveOnce(toMessages(["a1", "a2", "a3", "a4", "a5", "a6", "a7", "b1"], "x".repeat(1024 * 1024)));
  const { events } = start({
    answer: () => ({ batchItemFailures: [{ itemIdentifier: "a5" }] }),
  });
  await vi.waitFor(() => expect(events).toHaveLength(2));
  expect(events[1]?.Records.map((record) => record.messageId)).toEqual(["b1"]);
  await vi.waitFor(() => expect(deleted()).toEqual(["a1", "a2", "a3", "a4"]));
});

test("no more batches are in flight than maximumConcurrency allows", async () => {
  giveOnce(...["a1", "b1", "c1", "d1"].map((id) => toMessages([id])));
  let inFlight = 0;
  let most = 0;
  start({
    settings: { ...FIFO, maximumConcurrency: 2 },
    async answer() {
      most = Math.max(most, (inFlight += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      inFlight -= 1;
    },
  });
  await vi.waitFor(() => expect(deleted()).toHaveLength(4));
  expect(most).toBe(2);
});

test("a standard queue with a batching window fills a batch from several calls", async () => {
  giveOnce(toMessages(["a", "b"]), toMessages(["c"]), [], toMessages(["d", "e"]));
  const { events } = start({
    settings: { ...FIFO, fifo: false, batchSize: 5, batchingWindowMs: 5000 },
    answer: () => null,
  });
  await vi.waitFor(() => expect(deleted()).toEqual(["a", "b", "c", "d", "e"]));
  expect(events).toHaveLength(1);
});

test("stop waits for the batch in flight, and its messages are deleted", async () => {
  giveOnce(toMessages(["a1"]), toMessages(["b1"]));
  const gate = Promise.withResolvers<undefined>();
  const { mapping, events } = start({
    settings: { ...FIFO, maximumConcurrency: 1 },
    answer: () => gate.promise,
  });
  await vi.waitFor(() => expect(events).toHaveLength(1));
  const stopping = mapping.stop();
  gate.resolve(undefined);
  expect(await stopping).toBe(true);
  expect(deleted()).toEqual(["a1"]);
  expect(events).toHaveLength(1);
});

test("stop does not wait forever", async () => {
  giveOnce(toMessages(["a1"]));
  const gate = Promise.withResolvers<undefined>();
  const { mapping, events } = start({ answer: () => gate.promise, drainTimeoutMs: 50 });
  await vi.waitFor(() => expect(events).toHaveLength(1));
  expect(await mapping.stop()).toBe(false);
  gate.resolve(undefined);
});

test("a queue that does not answer is reported and polled again", async () => {
  giveOnce(new Error("connect ECONNREFUSED"), toMessages(["a1"]));
  const { problems } = start({ answer: () => null });
  await vi.waitFor(() => expect(deleted()).toEqual(["a1"]));
  expect(problems).toEqual([{ step: "poll", queue: "changes", message: "connect ECONNREFUSED" }]);
});

test("a message that cannot be deleted is reported, not lost", async () => {
  giveOnce(toMessages(["a1"]));
  sqs.on(DeleteMessageBatchCommand).resolves({
    Failed: [{ Id: "0", Code: "ReceiptHandleIsInvalid", Message: "stale", SenderFault: true }],
    Successful: [],
  });
  const { problems } = start({ answer: () => null });
  await vi.waitFor(() =>
    expect(problems).toEqual([{ step: "delete", queue: "changes", message: "stale" }]),
  );
});
