import { expect, it } from "vitest";
import { processBySource } from "../../../adapters/lambda/process-by-source.ts";
import type { MessageContext, SqsBatchProcess } from "../../../adapters/lambda/sqs-process.ts";
import { KubemendError } from "../../../core/errors.ts";
import { toRecord } from "./invocation.ts";

const context = {} as MessageContext;

/** Answers with the name of the cluster and its messages, in the order in which it got them. */
const toProcess =
  (name: string): SqsBatchProcess =>
  async (records) =>
    records.map(({ body }) => ({ outcome: "retry", reason: `${name}: ${body}` }));

const own = toProcess("own");
const eu = toProcess("eu");
const toOthers = (process: SqsBatchProcess) => [
  { name: "eu", open: () => Promise.resolve(process) },
];

it("gives each message to the process of its cluster, and the verdicts in the order of the batch", async () => {
  const of = async (body: string): Promise<SqsBatchProcess> => (body.startsWith("e") ? eu : own);
  const process = processBySource({ own, of, others: toOthers(eu) });
  const bodies = ["e1", "o1", "o2", "e2"];
  const verdicts = await process(
    bodies.map((body) => toRecord(body, body)),
    context,
  );
  expect(verdicts.map((verdict) => "reason" in verdict && verdict.reason)).toEqual([
    "eu: e1",
    "own: o1",
    "own: o2",
    "eu: e2",
  ]);
});

it("gives the messages of one cluster to its process at once, so that their order is known there", async () => {
  const batches: string[][] = [];
  const noting: SqsBatchProcess = async (records) => {
    batches.push(records.map(({ body }) => body));
    return records.map(() => ({ outcome: "done" }));
  };
  const process = processBySource({ own, of: async () => noting, others: toOthers(noting) });
  await process([toRecord("1", "a"), toRecord("2", "b")], context);
  expect(batches).toEqual([["a", "b"]]);
});

it("has the messages of a cluster that cannot be connected retried, and the others processed", async () => {
  const of = async (body: string): Promise<SqsBatchProcess> => {
    if (!body.startsWith("e")) return own;
    throw new KubemendError("Unreachable", "the cluster eu cannot be connected", {
      retryable: true,
    });
  };
  const process = processBySource({ own, of, others: toOthers(eu) });
  expect(await process([toRecord("1", "e1"), toRecord("2", "o1")], context)).toEqual([
    { outcome: "retry", code: "Unreachable", reason: "the cluster eu cannot be connected" },
    { outcome: "retry", reason: "own: o1" },
  ]);
});

it("does not wait for another cluster", async () => {
  let release = (): void => {};
  const slow: SqsBatchProcess = async (records) => {
    await new Promise<void>((resolve) => (release = resolve));
    return records.map(() => ({ outcome: "done" }));
  };
  const done: string[] = [];
  const quick: SqsBatchProcess = async (records) => {
    done.push(...records.map(({ body }) => body));
    release();
    return records.map(() => ({ outcome: "done" }));
  };
  const of = async (body: string): Promise<SqsBatchProcess> => (body === "s" ? slow : quick);
  const process = processBySource({ own: quick, of, others: toOthers(slow) });
  await process([toRecord("1", "s"), toRecord("2", "q")], context);
  expect(done).toEqual(["q"]);
});
