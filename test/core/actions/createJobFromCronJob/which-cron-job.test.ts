import { describe, expect, it } from "vitest";
import type { CreateJobFromCronJobParameters } from "../../../../core/actions/createJobFromCronJob/parameters.ts";
import { CRON_JOB, NOW, OWNER, toCronJob, toOwnerReference, toState } from "../state.ts";
import { DEFAULTS, next, toCreate } from "./plan.ts";

describe("the CronJob of createJobFromCronJob", () => {
  it("reads the CronJob that owns the trigger, in the version that is served", () => {
    expect(next(toState(DEFAULTS))).toEqual({
      outcome: "read",
      reads: [
        {
          type: "get",
          as: "cronJob",
          mayShare: true,
          target: expect.objectContaining({
            group: "batch",
            version: "v1",
            resource: "cronjobs",
            namespace: "data",
            name: "backup",
          }),
        },
      ],
    });
  });

  it("runs the trigger itself by `cronJob: trigger`, and refuses a trigger that is no CronJob", () => {
    const parameters = { ...DEFAULTS, cronJob: "trigger" } as const;
    const trigger = {
      ...toState(parameters).trigger,
      resource: "cronjobs",
      kind: "CronJob",
      name: "backup",
      uid: "cron-uid",
    };
    const state = toState(parameters, { trigger, cronJob: CRON_JOB });
    expect(toCreate(next(state)).specFrom.source).toMatchObject({
      name: "backup",
      uid: "cron-uid",
    });
    expect(next(toState(parameters))).toMatchObject({
      outcome: "refused",
      code: "TriggerNotCronJob",
    });
  });

  it.each([
    ["no owner", [], "OwnerMissing", "has no owner"],
    [
      "an owner that cannot be resolved",
      [
        toOwnerReference({
          outcome: "unresolved",
          reason: "ambiguous",
          candidates: ["a/v1", "b/v1"],
        }),
      ],
      "OwnerUnresolved",
      "ambiguous (candidates: a/v1, b/v1)",
    ],
    [
      "an owner of another kind",
      [
        toOwnerReference({
          ...OWNER,
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          resource: "replicasets",
        }),
      ],
      "OwnerNotCronJob",
      "ReplicaSet backup (apps/v1)",
    ],
    [
      "a CronJob of another group",
      [toOwnerReference({ ...OWNER, apiVersion: "example.com/v1" })],
      "OwnerNotCronJob",
      "example.com/v1",
    ],
  ])("refuses %s, and says why", (_what, references, code, message) => {
    expect(next(toState(DEFAULTS, { references }))).toEqual({
      outcome: "refused",
      code,
      message: expect.stringContaining(message),
    });
  });

  it("prefers the controller among several owners, else the CronJob", () => {
    const other = { ...OWNER, apiVersion: "apps/v1", kind: "ReplicaSet", resource: "replicasets" };
    const owner = (index: number, result: typeof other, relation: string) => ({
      field: `metadata.ownerReferences[${index}]`,
      relation,
      result,
    });
    const plain = [owner(0, other, "owner"), owner(1, { ...OWNER }, "owner")];
    expect(next(toState(DEFAULTS, { references: plain })).outcome).toBe("read");
    const controlled = [owner(0, other, "controller"), owner(1, { ...OWNER }, "owner")];
    expect(next(toState(DEFAULTS, { references: controlled }))).toMatchObject({
      code: "OwnerNotCronJob",
    });
  });

  it("uses the namespace of the trigger for a CronJob that is named without one", () => {
    const { trigger } = toState(DEFAULTS);
    const clusterScoped = { trigger: { ...trigger, namespaced: false, namespace: null } };
    const named = { ...DEFAULTS, cronJob: { name: "backup" } };
    expect(next(toState(named, clusterScoped))).toMatchObject({ code: "NamespaceMissing" });
    expect(next(toState(named))).toMatchObject({
      reads: [{ target: { namespace: "data", name: "backup" } }],
    });
  });

  it("uses another reference of the trigger by relation, kind and position", () => {
    const involved = (name: string, kind = "CronJob") => ({
      field: "involvedObject",
      relation: "involved",
      result: { ...OWNER, kind, name },
    });
    const references = [involved("a", "Job"), involved("b"), involved("c")];
    const by = (cronJob: CreateJobFromCronJobParameters["cronJob"]) =>
      next(toState({ ...DEFAULTS, cronJob }, { references }));
    expect(by({ relation: "involved", kind: "CronJob", index: 1 })).toMatchObject({
      reads: [{ target: { name: "c" } }],
    });
    expect(by({ relation: "involved", kind: "CronJob" })).toMatchObject({
      code: "ReferenceAmbiguous",
    });
    expect(by({ relation: "involved", index: 0 })).toMatchObject({ code: "ReferenceNotCronJob" });
    expect(by({ relation: "related" })).toMatchObject({ code: "ReferenceMissing" });
  });

  it("refuses several owners that are CronJobs, and an owner whose uid is not a UUID", () => {
    const owner = (index: number, result: object) => ({
      ...toOwnerReference({ ...OWNER, ...result }),
      field: `metadata.ownerReferences[${index}]`,
      relation: "owner",
    });
    const several = [owner(0, { name: "a", uid: "1" }), owner(1, { name: "b", uid: "2" })];
    expect(next(toState(DEFAULTS, { references: several }))).toMatchObject({
      code: "OwnerAmbiguous",
    });
    const lying = [owner(0, { uid: undefined })];
    expect(next(toState(DEFAULTS, { references: lying }))).toMatchObject({
      code: "OwnerUnconfirmed",
      message: expect.stringContaining("a uid is a UUID") as string,
    });
  });

  it.each([
    ["does not exist", null, "CronJobNotFound"],
    [
      "was deleted and created again",
      { ...CRON_JOB, metadata: { ...CRON_JOB.metadata, uid: "new" } },
      "CronJobReplaced",
    ],
    [
      "is being deleted",
      { ...CRON_JOB, metadata: { ...CRON_JOB.metadata, deletionTimestamp: NOW } },
      "CronJobTerminating",
    ],
    ["is suspended", toCronJob({ suspend: true }), "Suspended"],
  ])("refuses a CronJob that %s", (_what, cronJob, code) => {
    expect(next(toState(DEFAULTS, { cronJob }))).toMatchObject({ outcome: "refused", code });
  });

  it("runs a suspended CronJob if the rule says so", () => {
    const cronJob = toCronJob({ suspend: true });
    const answer = next(toState({ ...DEFAULTS, suspend: "ignore" }, { cronJob }));
    expect(answer.outcome).toBe("operations");
  });
});
