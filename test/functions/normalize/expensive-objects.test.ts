/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { expect, it } from "vitest";
import { toRecord } from "../../adapters/lambda/invocation.ts";
import { createWorld, FAILED_JOB, toMessage, toPipeline } from "./world.ts";

/** Each needs more than the million steps of an evaluation on 2,000 numbers, and a handful without any. */
const RULES = Array.from({ length: 6 }, (_, index) => ({
  id: `rule-${index}`,
  on: { resource: "jobs.batch" },
  where: `!object.spec.numbers.exists(a, object.spec.numbers.exists(b, a + b == -${index + 1}))`,
  once: "object",
  then: [{ alert: { to: "team", summary: "object.metadata.name" } }],
}));
const pipeline = toPipeline(...RULES);

function toChange(name: string, numbers: number, group = name) {
  const metadata = { ...FAILED_JOB.metadata, name, uid: `uid-${name}` };
  const spec = { numbers: Array.from({ length: numbers }, (_, index) => index) };
  const message = toMessage(pipeline, { ...FAILED_JOB, metadata, spec });
  return toRecord(`${name}-${numbers}`, JSON.stringify(message), { group });
}

async function deliver(...records: ReturnType<typeof toChange>[]) {
  const world = createWorld({ pipeline });
  const verdicts = await world.normalizeBatch(records);
  const calls = world.queues.stub
    .commandCalls(SendMessageBatchCommand)
    .map(({ args }) => args[0].input.Entries ?? [])
    .flatMap((entries) => entries.map(({ MessageBody = "" }) => toName(MessageBody)));
  const sent = [...new Set(calls)];
  return { world, verdicts: verdicts.map((one) => ("code" in one ? one.code : "done")), sent };
}

function toName(body: string): string {
  const { data } = JSON.parse(body) as { data: { trigger: { name: string } } };
  return data.trigger.name;
}

it("an object that takes long is decided after the others of its batch, and what they ask for is sent before", async () => {
  const { verdicts, sent, world } = await deliver(
    toChange("large", 2_000),
    toChange("small", 3),
    toChange("other", 3),
  );
  expect(verdicts).toEqual(["done", "done", "done"]);
  expect(sent).toEqual(["small", "other", "large"]);
  expect(world.counts.get("Expensive")).toBe(1);
});

it("all rules share the steps of a message: what is over them is an error of the rule, with an alert", async () => {
  const { world } = await deliver(toChange("large", 2_000));
  const problems = world.alerts().map(({ data }) => data.problem?.message ?? "");
  expect(problems).toHaveLength(6);
  for (const problem of problems.slice(0, 5))
    expect(problem).toContain("more than 1,000,000 steps");
  expect(problems[5]).toContain("all rules together need more than 5,000,000 steps");
});

it("a batch works on as many expensive objects as one may cost, and leaves the others to a later one", async () => {
  const { verdicts, sent } = await deliver(
    toChange("first", 2_000),
    toChange("second", 2_000),
    toChange("small", 3),
    toChange("third", 2_000),
  );
  expect(verdicts).toEqual(["done", "OutOfTime", "done", "OutOfTime"]);
  expect(sent).toEqual(["small", "first"]);
});

it("messages of one object keep their order, if the first one takes long", async () => {
  const { verdicts, sent } = await deliver(
    toChange("a", 2_000),
    toChange("b", 2_000),
    toChange("a", 3),
    toChange("b", 3),
  );
  expect(verdicts).toEqual(["done", "OutOfTime", "OutOfTime", "LaterInGroup"]);
  expect(sent).toEqual(["a"]);
});

it("the evaluations of one message are counted alike, however it is delivered", async () => {
  const alone = await deliver(toChange("large", 2_000));
  const beside = await deliver(toChange("small", 3), toChange("large", 2_000));
  const ofLarge = ({ world }: typeof alone) =>
    world.alerts().filter(({ data }) => data.trigger.name === "large");
  expect(ofLarge(beside)).toEqual(ofLarge(alone));
});
