import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, describe, expect, it } from "vitest";
import { BATCH_MAX_BYTES, sendBatch, type SqsEntry } from "../../../adapters/sqs/send-batch.ts";
import { startQueueServer } from "../../support/queues/queue-server.ts";

const mock = mockClient(SQSClient);
const QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/1/changes.fifo";
const deps = { client: new SQSClient({ region: "us-east-1" }), queueUrl: QUEUE_URL };

const entry = (body: string, groupId: string): SqsEntry => ({
  body,
  groupId,
  deduplicationId: `${groupId}-${body}`,
});

/** The entries of each call. */
const calls = (): string[][] =>
  mock
    .commandCalls(SendMessageBatchCommand)
    .map(({ args }) => (args[0].input.Entries ?? []).map(({ MessageBody }) => MessageBody ?? ""));

function acceptAllBut(
  refused: Readonly<Record<string, { code: string; senderFault: boolean }>>,
): void {
  mock
    .on(SendMessageBatchCommand)
    .callsFake((input: { Entries: { Id: string; MessageBody: string }[] }) => {
      const failed = input.Entries.filter(({ MessageBody }) => Object.hasOwn(refused, MessageBody));
      return {
        Successful: input.Entries.filter((sent) => !failed.includes(sent)).map(({ Id }) => ({
          Id,
          MessageId: `m-${Id}`,
        })),
        Failed: failed.map(({ Id, MessageBody }) => ({
          Id,
          Code: refused[MessageBody]?.code,
          SenderFault: refused[MessageBody]?.senderFault,
          Message: "told so",
        })),
      };
    });
}

describe("splitting", () => {
  afterEach(() => mock.reset());

  it("puts ten entries into a call, and no group more than once", async () => {
    acceptAllBut({});
    const entries = Array.from({ length: 12 }, (_, index) => entry(String(index), `g${index}`));
    const outcomes = await sendBatch(deps, [...entries, entry("again", "g0")]);
    expect(calls().map((call) => call.length)).toEqual([10, 3]);
    expect(calls()[1]).toContain("again");
    expect(outcomes.every(({ outcome }) => outcome === "accepted")).toBe(true);
  });

  it("keeps a call within a mebibyte", async () => {
    acceptAllBut({});
    const half = "x".repeat(BATCH_MAX_BYTES / 2 + 1);
    await sendBatch(deps, [entry(half, "a"), entry(`${half}y`, "b"), entry("small", "c")]);
    expect(calls().map((call) => call.length)).toEqual([2, 1]);
  });

  it("refuses a message over a mebibyte, including its attributes, without a call", async () => {
    acceptAllBut({});
    const full = entry("x".repeat(BATCH_MAX_BYTES), "a");
    const over = { ...entry("x".repeat(BATCH_MAX_BYTES - 5), "b"), attributes: { name: "value" } };
    const outcomes = await sendBatch(deps, [full, over]);
    expect(outcomes[0]?.outcome).toBe("accepted");
    expect(outcomes[1]).toMatchObject({
      outcome: "refused",
      error: { code: "MessageRefused", retryable: false },
    });
    expect(calls()).toHaveLength(1);
  });
});

describe("refusals", () => {
  afterEach(() => mock.reset());

  it("returns the outcome of each entry", async () => {
    acceptAllBut({
      bad: { code: "InvalidMessageContents", senderFault: true },
      later: { code: "InternalError", senderFault: false },
    });
    const outcomes = await sendBatch(deps, [
      entry("good", "a"),
      entry("bad", "b"),
      entry("later", "c"),
    ]);
    expect(outcomes).toMatchObject([
      { outcome: "accepted" },
      { outcome: "refused", error: { code: "MessageRefused", retryable: false } },
      { outcome: "refused", error: { code: "QueueUnreachable", retryable: true } },
    ]);
  });

  it("sends no more entries of a group after one that was refused", async () => {
    acceptAllBut({ first: { code: "InternalError", senderFault: false } });
    const outcomes = await sendBatch(deps, [
      entry("first", "a"),
      entry("second", "a"),
      entry("other", "b"),
    ]);
    expect(calls()).toEqual([["first", "other"]]);
    expect(outcomes).toMatchObject([
      { outcome: "refused" },
      { outcome: "refused", error: { retryable: true } },
      { outcome: "accepted" },
    ]);
  });

  it("never throws: a failed call is the outcome of each of its entries", async () => {
    mock
      .on(SendMessageBatchCommand)
      .rejects(Object.assign(new Error("expired"), { name: "ExpiredToken" }));
    const outcomes = await sendBatch(deps, [entry("one", "a"), entry("two", "b")]);
    expect(outcomes).toMatchObject([
      { outcome: "refused", error: { code: "QueueAccessDenied", retryable: true } },
      { outcome: "refused", error: { code: "QueueAccessDenied", retryable: true } },
    ]);
  });

  it("treats an entry that the answer does not name as not sent", async () => {
    mock.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [] });
    expect(await sendBatch(deps, [entry("one", "a")])).toMatchObject([
      { outcome: "refused", error: { code: "QueueUnreachable", retryable: true } },
    ]);
  });
});

it("delivers each group to a queue in its order", async () => {
  mock.restore();
  await using queues = await startQueueServer();
  const entries = Array.from({ length: 25 }, (_, index) => entry(String(index), `g${index % 3}`));
  await sendBatch({ client: queues.client, queueUrl: queues.fifoUrl }, entries);
  const received = await queues.drain(queues.fifoUrl);
  expect(received).toHaveLength(25);
  for (const group of ["g0", "g1", "g2"]) {
    const bodies = received
      .filter(({ groupId }) => groupId === group)
      .map(({ body }) => Number(body));
    expect(bodies).toEqual(bodies.toSorted((a, b) => a - b));
  }
});
