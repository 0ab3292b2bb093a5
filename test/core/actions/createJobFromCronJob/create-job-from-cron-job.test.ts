import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { writeOperationsSchema } from "../../../../core/operations/operation-schema.ts";
import { createJobFromCronJob } from "../../../../core/actions/createJobFromCronJob/create-job-from-cron-job.ts";
import type { CreateJobFromCronJobParameters } from "../../../../core/actions/createJobFromCronJob/parameters.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import { CRON_JOB, NOW, OWNER, toCronJob, toOwnerReference, toState } from "../state.ts";

const DEFAULTS = v.parse(createJobFromCronJob.schema, {});
const next = createJobFromCronJob.next;

function toCreate(answer: ReturnType<typeof next>) {
  const operation = answer.outcome === "operations" ? answer.operations[0] : undefined;
  if (operation?.type !== "create") throw new Error(JSON.stringify(answer));
  return operation;
}

function toOwners(owner: "plain" | "none") {
  const state = toState({ ...DEFAULTS, owner }, { cronJob: CRON_JOB });
  return toCreate(next(state)).metadata.ownerReferences;
}

describe("createJobFromCronJob", () => {
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

  it("creates a Job as the CronJob controller would, with a complete owner reference", () => {
    const operation = toCreate(next(toState(DEFAULTS, { cronJob: CRON_JOB })));
    expect(operation.target).toEqual({
      group: "batch",
      version: "v1",
      resource: "jobs",
      kind: "Job",
      namespace: "data",
      name: expect.stringMatching(/^backup-[0-9a-f]{12}$/),
    });
    expect(operation.metadata).toEqual({
      labels: { app: "backup" },
      annotations: {
        team: "data",
        "cronjob.kubernetes.io/instantiate": "manual",
        "kubemend.dev/cause": "rerun-0123456789abcdef0123",
        "kubemend.dev/depth": "1",
        "kubemend.dev/record": "kubemend/record-uid",
        "kubemend.dev/rules": "rerun@2026-03-01T10:00:00.000Z",
        "kubemend.dev/at": NOW,
      },
      ownerReferences: [
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          name: "backup",
          uid: "cron-uid",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(operation.specFrom).toMatchObject({
      source: { name: "backup", uid: "cron-uid" },
      path: "spec.jobTemplate.spec",
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("sets the apiVersion of the owner even if the CronJob was read without one", () => {
    const bare = {
      metadata: CRON_JOB.metadata,
      spec: CRON_JOB["spec"],
    } as unknown as KubernetesObject;
    const operation = toCreate(next(toState(DEFAULTS, { cronJob: bare })));
    expect(operation.metadata.ownerReferences?.[0]?.apiVersion).toBe("batch/v1");
  });

  it("uses the version of CronJobs that an older cluster serves", () => {
    const catalog = createCatalog(
      [
        {
          group: "batch",
          version: "v1",
          resource: "jobs",
          kind: "Job",
          namespaced: true,
          preferred: true,
        },
        {
          group: "batch",
          version: "v1beta1",
          resource: "cronjobs",
          kind: "CronJob",
          namespaced: true,
          preferred: false,
        },
      ],
      "discovery",
    );
    const parameters = { ...DEFAULTS, cronJob: { name: "backup" } };
    const operation = toCreate(next(toState(parameters, { catalog, cronJob: CRON_JOB })));
    expect(operation.metadata.ownerReferences?.[0]?.apiVersion).toBe("batch/v1beta1");
    expect(operation.target.version).toBe("v1");
  });

  it("writes a plain owner reference, or none, if the rule says so", () => {
    expect(toOwners("plain")).toEqual([
      expect.objectContaining({ uid: "cron-uid", controller: false, blockOwnerDeletion: false }),
    ]);
    expect(toOwners("none")).toEqual([]);
  });

  it("keeps the source's generation beside the digest, if it has one", () => {
    const metadata = { ...CRON_JOB.metadata, generation: 3 };
    const cronJob = { ...CRON_JOB, metadata };
    expect(toCreate(next(toState(DEFAULTS, { cronJob }))).specFrom.generation).toBe(3);
  });

  it.each([
    [1_000_000, 63],
    [100_000, 63],
    [10, 63],
  ])("leaves room for the indexes of an Indexed Job with %i completions", (completions, most) => {
    const name = "reindex-all-customer.documents-every-night-xyz-xyzxyz";
    const spec = { jobTemplate: { spec: { completionMode: "Indexed", completions } } };
    const cronJob = { ...toCronJob(spec), metadata: { ...CRON_JOB.metadata, name } };
    const job = toCreate(next(toState(DEFAULTS, { cronJob }))).target.name;
    expect(`${job}-${completions - 1}`.length).toBeLessThanOrEqual(most);
    expect(job).toMatch(/^[a-z0-9-]+$/);
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

  it("gives one record one name, another record another, each short enough for an indexed Pod", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,50}[a-z0-9])?$/),
        fc.stringMatching(/^[a-z]{1,10}$/),
        (cronJob, record) => {
          const named = { ...CRON_JOB, metadata: { ...CRON_JOB.metadata, name: cronJob } };
          const toName = (of: string): string =>
            toCreate(
              next(
                toState(
                  { ...DEFAULTS, cronJob: { name: cronJob } },
                  { cronJob: named, record: { name: of, namespace: "kubemend", uid: "u" } },
                ),
              ),
            ).target.name;
          expect(toName(record)).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
          expect(toName(record).length).toBeLessThanOrEqual(57);
          expect(toName(record)).toBe(toName(record));
          expect(toName(record)).not.toBe(toName(`${record}x`));
        },
      ),
    );
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

  it("ends a chain of remediations at the third", () => {
    const rules = { rerun: NOW };
    const second = toState(DEFAULTS, { chain: { depth: 2, rules }, cronJob: CRON_JOB });
    expect(next(second).outcome).toBe("operations");
    const third = toState(DEFAULTS, { chain: { depth: 3, rules } });
    expect(next(third)).toMatchObject({ code: "LoopDepth" });
  });

  it("runs once more at the end of a chain of other rules", () => {
    const chain = { depth: 3, rules: { other: NOW } };
    const answer = next(toState(DEFAULTS, { chain, cronJob: CRON_JOB }));
    expect(answer).toMatchObject({
      operations: [
        {
          metadata: {
            annotations: {
              "kubemend.dev/depth": "4",
              "kubemend.dev/rules": `other@${NOW} rerun@${NOW}`,
            },
          },
        },
      ],
    });
  });

  it("accepts any CronJob that the API server may return, and its plan is read back as it was written", () => {
    const anySpec = fc.jsonValue().map((spec) => ({ ...CRON_JOB, spec }));
    fc.assert(
      fc.property(anySpec, fc.array(fc.jsonValue()), (cronJob, items) => {
        const jobs = items as unknown as readonly KubernetesObject[];
        const answer = next(toState(DEFAULTS, { cronJob, jobs }));
        if (answer.outcome !== "operations") return;
        const stored: unknown = JSON.parse(JSON.stringify(answer.operations));
        expect(v.parse(writeOperationsSchema, stored)).toEqual(answer.operations);
      }),
    );
  });

  it.each([
    [{ cronJob: "mine" }],
    [{ cronJob: {} }],
    [{ cronJob: { name: "a", kind: "Job" } }],
    [{ concurrencyPolicy: "Forbid" }],
    [{ owner: true }],
    [{ unknown: 1 }],
    [null],
  ])("does not take %j for parameters", (parameters) => {
    expect(v.safeParse(createJobFromCronJob.schema, parameters).success).toBe(false);
  });
});
