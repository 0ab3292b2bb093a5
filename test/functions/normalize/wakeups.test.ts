import { expect, test } from "vitest";
import type { ChangeData, KubernetesObject } from "../../../events/change.ts";
import type { RecordApproval, RecordStatus } from "../../../events/remediation.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { toRecord } from "../../core/records/record.ts";
import { createWorld, FAILED_JOB, NOW, RERUN, toMessage, toPipeline, type World } from "./world.ts";

const NAME = "rerun-0123456789abcdef0123";
const COMPLETE = 'object.status.conditions.exists(c, c.type == "Complete" && c.status == "True")';
const VERIFYING = toPipeline({ ...RERUN, verify: { where: COMPLETE, within: "5m" } });
const ASKING = toPipeline({ ...RERUN, guards: { mode: "approval" } });

async function deliver(
  pipeline: Pipeline,
  object: KubernetesObject,
  data: Partial<ChangeData> = {},
): Promise<World> {
  const world = createWorld({ pipeline });
  const message = toMessage(pipeline, object, data);
  expect(await world.normalize(JSON.stringify(message))).toEqual({ outcome: "done" });
  return world;
}

function toJob(conditionType: string, annotations: object): KubernetesObject {
  const conditions = [
    { type: conditionType, status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" },
  ];
  return {
    ...FAILED_JOB,
    metadata: { ...FAILED_JOB.metadata, annotations },
    status: { conditions },
  };
}

const CAUSED = { "kubemend.dev/cause": NAME, "kubemend.dev/record": "kubemend/record-uid" };

test("an object wakes the record that created it once it fulfils the rule's verify, without reading the cluster", async () => {
  const world = await deliver(VERIFYING, toJob("Complete", CAUSED), { change: "modified" });
  expect(world.wakeups()).toMatchObject([
    {
      subject: `/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations/${NAME}`,
      data: {
        record: { namespace: "kubemend", name: NAME, uid: "record-uid" },
        due: NOW,
        changed: true,
      },
    },
  ]);
  expect(world.counts.get("Woken")).toBe(1);
  const without = createWorld({ pipeline: VERIFYING });
  await without.normalize(JSON.stringify(toMessage(VERIFYING, toJob("Complete", {}))));
  expect(world.asked).toEqual(without.asked);
  expect(without.counts.has("Woken")).toBe(false);
});

test("an object that is gone wakes its record too: it can no longer fulfil verify", async () => {
  const world = await deliver(VERIFYING, toJob("Active", CAUSED), { change: "deleted" });
  expect(world.wakeups()).toHaveLength(1);
});

test("a Job that has failed wakes its record before verify is over: it will never complete", async () => {
  expect((await deliver(VERIFYING, toJob("Failed", CAUSED))).wakeups()).toHaveLength(1);
  const resource = { version: "v1", kind: "Job", namespaced: true };
  for (const other of [
    { group: "example.com", resource: "jobs" },
    { group: "batch", resource: "cronjobs" },
  ]) {
    const data = { resource: { ...resource, ...other }, watch: "another" };
    expect((await deliver(VERIFYING, toJob("Failed", CAUSED), data)).wakeups()).toEqual([]);
  }
});

test.each([
  ["does not fulfil verify yet", VERIFYING, toJob("Active", CAUSED)],
  ["belongs to a rule without verify", toPipeline(RERUN), toJob("Complete", CAUSED)],
  [
    "belongs to another rule's record",
    VERIFYING,
    toJob("Complete", { ...CAUSED, "kubemend.dev/cause": "other-0123456789abcdef0123" }),
  ],
  [
    "does not name its record",
    VERIFYING,
    toJob("Complete", { ...CAUSED, "kubemend.dev/record": "kubemend" }),
  ],
])("an object that a record created wakes nothing if it %s", async (_what, pipeline, object) => {
  expect((await deliver(pipeline, object)).wakeups()).toEqual([]);
});

function toDecision(status: RecordStatus, approval?: RecordApproval): KubernetesObject {
  const record = toRecord(status);
  return { ...record, spec: { ...record.spec, mode: "approval", approval } };
}

const RECORDS = {
  group: "kubemend.dev",
  version: "v1alpha1",
  resource: "remediations",
  kind: "Remediation",
  namespaced: true,
};
const APPROVED = { decision: "approve", by: "alice" } as const;

test("a decision wakes its record at once, without reading the cluster", async () => {
  const decided = toDecision({ phase: "AwaitingApproval", wakeAt: NOW }, APPROVED);
  const world = await deliver(ASKING, decided, { resource: RECORDS, watch: "remediations-own" });
  expect(world.wakeups().map(({ data }) => data)).toEqual([
    {
      cluster: { name: "test", uid: "cluster-uid" },
      record: { namespace: "kubemend", name: NAME, uid: "record-uid" },
      due: NOW,
    },
  ]);
  expect(world.asked).toEqual([]);
  expect(world.requests()).toEqual([]);
});

test.each([
  ["has no decision", toDecision({ phase: "AwaitingApproval" }), "modified"],
  ["has ended", toDecision({ phase: "Succeeded" }, APPROVED), "modified"],
  ["is gone", toDecision({ phase: "AwaitingApproval" }, APPROVED), "deleted"],
  ["cannot be read", { ...toDecision({ phase: "AwaitingApproval" }), spec: [] }, "modified"],
] as const)("a record that %s is not woken", async (_what, object, change) => {
  const data = { resource: RECORDS, watch: "remediations-own", change };
  expect((await deliver(ASKING, object, data)).wakeups()).toEqual([]);
});
