import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { RecordStep } from "../../../../events/remediation.ts";
import { CRON_JOB, RERUN_RULE, toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "../../../support/functions/request-world.ts";

type Json = Readonly<Record<string, unknown>>;

const AWAY = new KubemendError("Unavailable", "a webhook is away", { retryable: true });
const SELECTED = { on: { resource: "jobs.batch", labelSelector: "team=data" } };

const toJob = (metadata: Json, status = "True"): KubernetesObject =>
  toBackupJob({ metadata, status: { conditions: [{ type: "Failed", status }] } });
const LABELLED = toJob({ labels: { team: "data" }, generation: 1 });

/** A world whose record waits, because its first write has failed: the API server may have carried it out all the same. */
async function createRetrying(rule: Json = SELECTED): Promise<RequestWorld> {
  const world = createRequestWorld({ ...RERUN_RULE, ...rule }, LABELLED);
  world.put("cronjobs", CRON_JOB);
  world.put("jobs", LABELLED);
  world.failing = AWAY;
  await world.deliver({});
  expect(ends(world)).toEqual([["Waiting", "Retrying"]]);
  world.failing = undefined;
  world.requests.length = 0;
  return world;
}

const ends = (world: RequestWorld): readonly unknown[] =>
  [...world.records.values()].map(({ status }) => [status?.phase, status?.reason]);
const created = ({ requests }: RequestWorld): readonly string[] =>
  requests.filter((line) => line.startsWith("POST"));

/** The Job that the record would create, by its path: records' names are derived, so another world makes the same. */
async function findWanted(): Promise<readonly [string, KubernetesObject]> {
  const other = createRequestWorld({ ...RERUN_RULE, ...SELECTED }, LABELLED);
  other.put("cronjobs", CRON_JOB);
  other.put("jobs", LABELLED);
  await other.deliver({});
  const found = [...other.objects].find(([, { metadata }]) => metadata.uid.startsWith("made"));
  if (found === undefined) throw new Error("nothing was created");
  return found;
}

/** Sets the state of each step, as if the run had come that far. */
function setSteps({ records }: RequestWorld, states: readonly RecordStep["state"][]): void {
  for (const [name, record] of records) {
    const { status = { phase: "Pending" } } = record;
    const steps = status.steps?.map((step, index) => ({
      ...step,
      state: states[index] ?? step.state,
    }));
    records.set(name, {
      ...record,
      status: { ...status, ...(steps === undefined ? {} : { steps }) },
    });
  }
}

describe("a plan whose first write has failed", () => {
  it.each<readonly [string, Json, KubernetesObject, string]>([
    ["the object left the selection", SELECTED, toJob({ labels: {} }), "NotSelected"],
    [
      "the state is over",
      SELECTED,
      toJob({ labels: { team: "data" } }, "False"),
      "ConditionNoLongerHolds",
    ],
    ["another episode has begun", { once: "generation" }, toJob({ generation: 2 }), "EpisodeOver"],
  ])("is not tried again if %s", async (_what, rule, job, reason) => {
    const world = await createRetrying(rule);
    world.put("jobs", job);
    await world.wake();
    expect(ends(world)).toEqual([["Refused", reason]]);
    expect(created(world)).toEqual([]);
  });

  it("is finished if the write was carried out all the same: the Job is the record's own", async () => {
    const world = await createRetrying();
    const [path, job] = await findWanted();
    world.objects.set(path, job);
    world.put("jobs", toJob({ labels: {} }));
    await world.wake();
    expect(ends(world)).toEqual([["Succeeded", "Remediated"]]);
  });

  it("is not tried again if somebody else's object has the name", async () => {
    const world = await createRetrying();
    const [path, { metadata, ...job }] = await findWanted();
    world.objects.set(path, { ...job, metadata: { ...metadata, annotations: {} } });
    world.put("jobs", toJob({ labels: {} }));
    await world.wake();
    expect(ends(world)).toEqual([["Refused", "NotSelected"]]);
  });

  it("is finished if a step before it is done, whatever has become of the object", async () => {
    const rule = {
      ...SELECTED,
      then: [{ createJobFromCronJob: {} }, { label: { set: { seen: "yes" } } }],
    };
    const world = await createRetrying(rule);
    setSteps(world, ["done", "started"]);
    world.put("jobs", toJob({ labels: {} }));
    await world.wake();
    expect(world.requests).toContain("PATCH backup-1");
  });
});

describe("an eviction that waits for a PodDisruptionBudget", () => {
  const RULE = {
    id: "evict-sick",
    on: { resource: "pods", labelSelector: "sick=yes" },
    where: "object.spec.nodeName == 'node-1'",
    once: "object",
    whereTarget: "object.metadata.labels.sick == 'yes'",
    then: [{ evictPod: {} }],
  };
  const POD = {
    group: "",
    version: "v1",
    resource: "pods",
    kind: "Pod",
    namespaced: true,
    namespace: "data",
    name: "p",
    uid: "pod-uid",
    resourceVersion: "1",
  };
  const BUDGET = new KubemendError("TooManyRequests", "the budget allows none", {
    retryable: true,
  });
  const toPod = (sick: string, nodeName = "node-1"): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "data", uid: "pod-uid", labels: { sick } },
    spec: { nodeName },
  });

  /** A world whose record waits; the budget then allows one. */
  async function createWaiting(rule: Json = RULE): Promise<RequestWorld> {
    const world = createRequestWorld(rule, toPod("yes"));
    world.put("pods", toPod("yes"));
    world.failing = BUDGET;
    await world.deliver({ trigger: POD });
    expect(ends(world)).toEqual([["Waiting", "DisruptionBudget"]]);
    world.failing = undefined;
    world.requests.length = 0;
    return world;
  }

  it("is asked for again if the Pod is as it was", async () => {
    const world = await createWaiting();
    await world.wake();
    expect(created(world)).toEqual(["POST eviction"]);
  });

  it.each<readonly [string, KubernetesObject, string]>([
    ["is no longer selected", toPod("no"), "NotSelected"],
    ["no longer matches", toPod("yes", "node-2"), "ConditionNoLongerHolds"],
  ])("ends without it if the Pod %s", async (_what, pod, reason) => {
    const world = await createWaiting();
    world.put("pods", pod);
    await world.wake();
    expect(ends(world)).toEqual([["Refused", reason]]);
    expect(created(world)).toEqual([]);
  });
});
