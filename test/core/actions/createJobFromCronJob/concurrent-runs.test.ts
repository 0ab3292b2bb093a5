import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { createJobFromCronJob } from "../../../../core/actions/createJobFromCronJob/create-job-from-cron-job.ts";
import type { CreateJobFromCronJobParameters } from "../../../../core/actions/createJobFromCronJob/parameters.ts";
import { writeOperationsSchema } from "../../../../core/operations/operation-schema.ts";
import { toCronJob, toState } from "../state.ts";
import { DEFAULTS, next } from "./plan.ts";

function toRun(
  name: string,
  owner: string,
  condition?: string,
  { controller = true, annotations = {} }: { controller?: boolean; annotations?: object } = {},
): KubernetesObject {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, uid: name, annotations, ownerReferences: [{ uid: owner, controller }] },
    status: condition === undefined ? {} : { conditions: [{ type: condition, status: "True" }] },
  };
}

describe("active runs of the CronJob", () => {
  it.each(["Forbid", "Replace"])(
    "with %s, counts the runs of the CronJob that have not ended",
    (policy) => {
      const cronJob = toCronJob({ concurrencyPolicy: policy });
      const ended = [toRun("a", "cron-uid", "Failed"), toRun("b", "cron-uid", "Complete")];
      const others = [toRun("c", "other-uid")];
      expect(next(toState(DEFAULTS, { cronJob }))).toMatchObject({
        outcome: "read",
        reads: [{ type: "list", as: "jobs", target: { resource: "jobs", namespace: "data" } }],
      });
      const idle = next(toState(DEFAULTS, { cronJob, jobs: [...ended, ...others] }));
      expect(idle).toMatchObject({ operations: [{ type: "create" }] });
      const beside: CreateJobFromCronJobParameters = { ...DEFAULTS, concurrencyPolicy: "ignore" };
      expect(next(toState(beside, { cronJob })).outcome).toBe("operations");
    },
  );

  it("are those that it controls, and those that Kubemend has created; an owner that is only stated makes no run", () => {
    const cronJob = toCronJob({ concurrencyPolicy: "Forbid" });
    const stated = toRun("d", "cron-uid", undefined, { controller: false });
    expect(next(toState(DEFAULTS, { cronJob, jobs: [stated] })).outcome).toBe("operations");
    const annotations = { "kubemend.dev/cause": "rerun-0123456789abcdef0123" };
    const ours = toRun("d", "cron-uid", undefined, { controller: false, annotations });
    expect(next(toState(DEFAULTS, { cronJob, jobs: [ours] })).outcome).toBe("wait");
  });

  const busy = { message: expect.stringContaining("1 active run(s), d") };
  const wait = { outcome: "wait", withinMs: 7_200_000, ...busy };
  const toOperations = (...types: readonly string[]) => ({
    outcome: "operations",
    operations: types.map((type) => ({ type })),
  });
  const replacement = toOperations("delete", "verify", "create");

  it.each<readonly [string, CreateJobFromCronJobParameters["concurrencyPolicy"], object]>([
    ["Forbid", "honour", wait],
    ["Replace", "honour", wait],
    ["Replace", "replace", replacement],
    ["Allow", "honour", toOperations("create")],
    ["Allow", "wait", wait],
    ["Allow", "replace", replacement],
    ["Allow", "refuse", { outcome: "refused", code: "ConcurrentRun", ...busy }],
    ["Replace", "ignore", toOperations("create")],
  ])("a CronJob with %s that is active, and %s in the rule", (own, concurrencyPolicy, expected) => {
    const cronJob = toCronJob({ concurrencyPolicy: own });
    const parameters = { ...DEFAULTS, concurrencyPolicy, within: "2h" };
    const answer = next(toState(parameters, { cronJob, jobs: [toRun("d", "cron-uid")] }));
    expect(answer).toMatchObject(expected);
  });

  it("replaces each active run by its uid, with its Pods, unless it ends before", () => {
    const cronJob = toCronJob({ concurrencyPolicy: "Replace" });
    const jobs = [toRun("d", "cron-uid"), toRun("e", "cron-uid")];
    const parameters: CreateJobFromCronJobParameters = {
      ...DEFAULTS,
      concurrencyPolicy: "replace",
    };
    const answer = next(toState(parameters, { cronJob, jobs }));
    const run = (name: string) => ({ target: { resource: "jobs", namespace: "data", name } });
    const removal = { type: "delete", propagationPolicy: "Foreground", unlessEnded: true };
    const awaited = { type: "verify", gone: true, withinMs: 3_600_000 };
    expect(answer).toMatchObject({
      operations: [
        { ...removal, ...run("d"), uid: "d" },
        { ...awaited, ...run("d"), uid: "d" },
        { ...removal, ...run("e"), uid: "e" },
        { ...awaited, ...run("e"), uid: "e" },
        { type: "create" },
      ],
    });
    if (answer.outcome !== "operations") return;
    const stored: unknown = JSON.parse(JSON.stringify(answer.operations));
    expect(v.parse(writeOperationsSchema, stored)).toEqual(answer.operations);
  });

  it.each<readonly [CreateJobFromCronJobParameters["concurrencyPolicy"], readonly string[]]>([
    ["honour", ["create", "get", "list"]],
    ["replace", ["create", "delete", "get", "list"]],
    ["wait", ["create", "get", "list"]],
    ["refuse", ["create", "get", "list"]],
    ["ignore", ["create", "get"]],
  ])("with %s needs the rights %j on Jobs", (concurrencyPolicy, verbs) => {
    const resource = { group: "batch", version: "v1", resource: "jobs", kind: "Job" };
    const on = { ...resource, namespaced: true };
    const rights = createJobFromCronJob.permissions({ ...DEFAULTS, concurrencyPolicy }, on);
    expect(rights.find(({ resources }) => resources.includes("jobs"))?.verbs).toEqual(verbs);
  });

  it("counts a run as active while its failure is not final", () => {
    const cronJob = toCronJob({ concurrencyPolicy: "Forbid" });
    const jobs = [toRun("a", "cron-uid", "FailureTarget")];
    expect(next(toState(DEFAULTS, { cronJob, jobs }))).toMatchObject({ reason: "ConcurrentRun" });
  });
});
