import { expect, test } from "vitest";
import type { ChangeData } from "../../../events/change.ts";
import { createWorld, FAILED_JOB, RERUN, toMessage, toPipeline } from "./world.ts";

const changed = { fields: ["spec"], unknown: "skip" };
const rule = { ...RERUN, on: { ...RERUN.on, changed } };
const pipeline = toPipeline(rule);

async function normalize(data: Partial<ChangeData>) {
  const world = createWorld({ pipeline });
  await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB, data)));
  return world;
}

test("a change of the compared fields is requested, and the request carries the answer", async () => {
  const { requests } = await normalize({ changed: { rerun: "yes" } });
  expect(requests().map(({ request }) => request.data.change.changed)).toEqual(["yes"]);
});

test("no change of the compared fields requests nothing, and reads nothing from the cluster", async () => {
  const { requests, asked, counts } = await normalize({ changed: { rerun: "no" } });
  expect(requests()).toEqual([]);
  expect(asked).toEqual([]);
  expect(counts.get("ChangedUnknown")).toBeUndefined();
});

test("a change of which it is not known is counted, whatever the rule then does", async () => {
  expect((await normalize({})).counts.get("ChangedUnknown")).toBe(1);
  const acting = toPipeline({
    ...rule,
    on: { ...rule.on, changed: { ...changed, unknown: "act" } },
  });
  const world = createWorld({ pipeline: acting });
  await world.normalize(JSON.stringify(toMessage(acting, FAILED_JOB)));
  expect(world.counts.get("ChangedUnknown")).toBe(1);
  expect(world.requests()[0]?.request.data.change.changed).toBe("unknown");
});

test("a request about an unsigned change is not signed, so that its answer does not count", async () => {
  const { requests } = await normalize({ changed: { rerun: "yes" } });
  expect(requests()[0]?.entry.MessageAttributes).toBeUndefined();
});
