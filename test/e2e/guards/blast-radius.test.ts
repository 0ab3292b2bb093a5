import { afterAll, beforeAll, expect, it } from "vitest";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { toTestRun } from "../../support/functions/test-run.ts";
import {
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const LABEL = "kubemend.dev/remediate";
const MERGE = "application/merge-patch+json";

let world: RemediationWorld;

beforeAll(async () => {
  world = await startRemediationWorld({ admission: true });
});

afterAll(async () => {
  await world?.stop();
});

/** A rule of its own, with so many Jobs that fail one after the other. */
async function run(rule: Json, count: number) {
  const id = String(rule["id"]);
  const pipeline = toPipeline(rule);
  const wakeups: WakeupMessage[] = [];
  const deps = toDeps(world, { pipeline, wakeups, guarded: true });
  const requests: RemediationRequest[] = [];
  for (let index = 0; index < count; index += 1) {
    const { job } = await createFailedRun(world, `${id}-${index}`);
    requests.push(toRequest(world, job, { pipeline }));
  }
  for (const request of requests) {
    await processMessage(JSON.stringify(request), deps, toTestRun(Date.now()));
  }
  const records = await Promise.all(requests.map(({ data }) => getRecord(world, data.record)));
  const made = await Promise.all(requests.map(({ data }) => findJobsOf(world, data.record)));
  return { statuses: records.map((record) => record?.status), made: made.flat().length };
}

const ALL = { maxInFlight: "off", maxPerHour: "off", cooldown: "off", breaker: "off" };

it("remediates a part of the objects that the API server counts, with and without a selector", async () => {
  const guards = { ...ALL, stormBrake: "off", blastRadius: "34%" };
  const on = { resource: "jobs.batch", namespaces: ["default"] };
  // The Jobs of this rule are all there are: three that have failed, and one more of them is created.
  const whole = await run({ id: "whole", guards, on }, 3);
  expect(whole.made).toBe(1);
  expect(whole.statuses).toMatchObject([
    { phase: "Succeeded" },
    { phase: "Deferred", reason: "BlastRadius" },
    { phase: "Deferred", reason: "BlastRadius" },
  ]);
  expect(whole.statuses[1]?.message).toContain("34% of 3 selected");
  // Three more failed Jobs make seven, of which a third are two.
  const selected = await run(
    { id: "selected", guards, on: { ...on, fieldSelector: "metadata.name!=x" } },
    3,
  );
  expect(selected.made).toBe(2);
  expect(selected.statuses[2]?.message).toContain("34% of 7 selected");
});

it("a namespace that has opted out is left alone, and acted in again when it has not", async () => {
  const path = "/api/v1/namespaces/default";
  const mark = (value: string | null) =>
    world.admin.request({
      method: "PATCH",
      path,
      contentType: MERGE,
      body: { metadata: { labels: { [LABEL]: value } } },
    });
  await mark("false");
  const out = await run({ id: "out" }, 1);
  expect([out.made, out.statuses]).toEqual([0, [undefined]]);
  await mark(null);
  expect((await run({ id: "in" }, 1)).made).toBe(1);
});
