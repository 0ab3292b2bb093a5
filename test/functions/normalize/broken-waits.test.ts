import { expect, test } from "vitest";
import type { ChangeData, KubernetesObject } from "../../../events/change.ts";
import { ANY_UID } from "../../../events/wakeup.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { createWorld, FAILED_JOB, RERUN, toMessage, toPipeline, type World } from "./world.ts";

const BAD = {
  ...FAILED_JOB,
  metadata: { ...FAILED_JOB.metadata, generation: 3, labels: { bad: "" } },
};
const GOOD = { ...BAD, metadata: { ...BAD.metadata, labels: {} } };
const PATIENT = {
  ...RERUN,
  where: "has(object.metadata.labels.bad)",
  once: "generation",
  for: "10m",
};

const { for: _for, ...AT_ONCE } = PATIENT;

async function normalize(
  pipeline: Pipeline,
  object: KubernetesObject,
  data: Partial<ChangeData> = {},
): Promise<World> {
  const world = createWorld({ pipeline });
  await world.normalize(JSON.stringify(toMessage(pipeline, object, data)));
  return world;
}

test("a state that does not match wakes the record that waits in its episode, without reading the cluster for it", async () => {
  const pipeline = toPipeline(PATIENT);
  const record = (await normalize(pipeline, BAD)).requests()[0]?.request.data.record;
  const world = await normalize(pipeline, GOOD);
  expect(world.requests()).toEqual([]);
  expect(world.wakeups().map(({ data }) => data)).toMatchObject([
    { record: { name: record, uid: ANY_UID }, changed: true },
  ]);
  expect(world.counts.get("Woken")).toBe(1);
});

test("so do the deletion of the object and its leaving the selection", async () => {
  const pipeline = toPipeline(PATIENT);
  for (const change of ["deleted", "left"] as const) {
    expect((await normalize(pipeline, BAD, { change })).wakeups()).toHaveLength(1);
  }
});

const FAILED_FOR = { ...RERUN, once: { condition: "Failed" }, for: "10m" };

/** The object, whose condition became false so many minutes before the message. */
function toRepaired(minutesAgo: number): KubernetesObject {
  const since = new Date(Date.parse("2026-01-01T00:00:00Z") - minutesAgo * 60_000).toISOString();
  const conditions = [{ type: "Failed", status: "False", lastTransitionTime: since }];
  return { ...GOOD, status: { conditions } };
}

test("a condition that has changed within the time of `for` wakes the record of its object, whose episode has ended", async () => {
  const world = await normalize(toPipeline(FAILED_FOR), toRepaired(9.9));
  expect(world.wakeups().map(({ data }) => data)).toMatchObject([
    { changed: true, waits: { rule: "rerun", objectUid: "job-uid" } },
  ]);
});

test("the deletion of an object that still has its condition wakes the record of that episode by its name", async () => {
  const pipeline = toPipeline(FAILED_FOR);
  const [request] = (await normalize(pipeline, FAILED_JOB)).requests();
  for (const change of ["deleted", "left"] as const) {
    const [wakeup] = (await normalize(pipeline, FAILED_JOB, { change })).wakeups();
    expect(wakeup?.data.record.name).toBe(request?.request.data.record);
    expect(wakeup?.data).not.toHaveProperty("waits");
  }
});

test.each<[string, object, KubernetesObject]>([
  ["a state that matches", PATIENT, BAD],
  ["a rule without for", AT_ONCE, GOOD],
  [
    "another generation, which is another episode",
    PATIENT,
    { ...GOOD, metadata: FAILED_JOB.metadata },
  ],
  ["a condition that has not changed for longer than the wait", FAILED_FOR, toRepaired(11.1)],
  ["a condition that is not there", FAILED_FOR, { ...GOOD, status: {} }],
])("nothing is woken by %s", async (_what, rule, object) => {
  expect((await normalize(toPipeline(rule), object)).wakeups()).toEqual([]);
});
