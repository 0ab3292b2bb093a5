import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { writeOperationsSchema } from "../../../../core/operations/operation-schema.ts";
import { createJobFromCronJob } from "../../../../core/actions/createJobFromCronJob/create-job-from-cron-job.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import { CRON_JOB, NOW, toCronJob, toState } from "../state.ts";
import { DEFAULTS, next, toCreate } from "./plan.ts";

function toOwners(owner: "plain" | "none") {
  const state = toState({ ...DEFAULTS, owner }, { cronJob: CRON_JOB });
  return toCreate(next(state)).metadata.ownerReferences;
}

describe("createJobFromCronJob", () => {
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
