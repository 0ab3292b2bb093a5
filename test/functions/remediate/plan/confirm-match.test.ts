/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { RemediationRecord } from "../../../../events/remediation.ts";
import type { Executor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import type { WriteOperation } from "../../../../core/operations/operation.ts";
import { withPlan } from "../../../../core/records/plan.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../../core/pipeline/pipeline.ts";
import { confirmMatch } from "../../../../functions/remediate/plan/live-match.ts";
import { planRemediation } from "../../../../functions/remediate/plan/plan-remediation.ts";
import { toRecord } from "../../../core/records/record.ts";

type Json = Readonly<Record<string, unknown>>;

const CRON_UID = "3f2b8c1e-7d44-4a0e-9b5c-0c1d2e3f4a5b";
const NOW = "2026-03-01T10:00:00.000Z";
const ASKED = toRecord();
const CRON_JOB = { group: "batch", version: "v1", resource: "cronjobs", kind: "CronJob" };
const JOB = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name: "backup-1",
    namespace: "data",
    uid: "job-uid",
    ownerReferences: [
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        name: "backup",
        uid: CRON_UID,
        controller: true,
      },
    ],
  },
};

function toPipeline(rule: Json): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [
      {
        id: "rerun",
        on: { resource: "jobs.batch" },
        once: "object",
        then: [{ createJobFromCronJob: { suspend: "ignore" } }],
        ...rule,
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function toOwner(spec: Json, uid = CRON_UID): Json {
  const metadata = { name: "backup", namespace: "data", uid };
  const jobTemplate = { spec: { template: {} } };
  return { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { jobTemplate, ...spec } };
}

/** A cluster with these objects, by resource, namespace and name. */
function toExecutor(objects: Readonly<Record<string, unknown>>): Executor {
  return {
    async read(operation) {
      if (operation.type !== "get") return { type: "list", items: [] };
      const { resource, namespace, name } = operation.target;
      const object = objects[`${resource}/${namespace}/${name}`] ?? null;
      return { type: "object", object: object as typeof JOB | null };
    },
    scan: async () => undefined,
    readUses: async () => () => false,
    readCatalog: () => Promise.reject(new Error("not in this test")),
    readNamespace: async () => null,
    async execute() {
      throw new Error("must not be executed");
    },
  };
}

function toOperation(namespace: string): WriteOperation {
  return {
    type: "create",
    name: "createJobFromCronJob",
    target: { ...CRON_JOB, resource: "jobs", kind: "Job", namespace, name: "backup-abc" },
    metadata: {},
    specFrom: {
      source: { ...CRON_JOB, namespace, name: "backup", uid: CRON_UID },
      path: "spec.jobTemplate.spec",
      digest: "d",
    },
  };
}

function toInput(pipeline: Pipeline, objects: Readonly<Record<string, unknown>>) {
  const catalog = createCatalog(builtinCatalog().entries, "discovery");
  const [rule] = pipeline.rules;
  if (rule === undefined) throw new Error("no rule");
  const discovery = { catalog: async () => catalog, refresh: async () => catalog };
  const spec = { ...ASKED.spec, rule: { id: rule.id, digest: rule.digest } };
  const deps = { executor: toExecutor(objects), discovery, pipeline, now: NOW };
  return { record: { ...ASKED, spec }, deps };
}

/** The rule needs no earlier records. */
const NO_CLIENT = {
  server: "",
  request: () => Promise.reject(new Error("not served")),
  stream: () => Promise.reject(new Error("not served")),
  close: async () => undefined,
};
const SIGNAL = new AbortController().signal;

async function confirm(rule: Json, namespace: string, objects: Json): Promise<unknown> {
  const { record, deps } = toInput(toPipeline(rule), { "jobs/data/backup-1": JOB, ...objects });
  const status = withPlan({ phase: "Running" }, { operations: [toOperation(namespace)] });
  const waited: RemediationRecord = { ...record, status };
  return confirmMatch(waited, deps, SIGNAL);
}

describe("a plan that was approved", () => {
  const whereTarget = "object.spec.suspend == false";

  it("is started if its target is within reach and fulfils whereTarget", async () => {
    const objects = { "cronjobs/data/backup": toOwner({ suspend: false }) };
    expect(await confirm({ whereTarget }, "data", objects)).toBeUndefined();
  });

  it("is refused if its target is out of the rule's reach", async () => {
    const objects = { "cronjobs/other/backup": toOwner({ suspend: false }) };
    expect(await confirm({}, "other", objects)).toMatchObject({
      phase: "Refused",
      reason: "OutOfReach",
    });
    const reach = { reach: ["other"], whereTarget };
    expect(await confirm(reach, "other", objects)).toBeUndefined();
  });

  it.each([
    ["false", { suspend: true }, "TargetRefused"],
    ["unknown", {}, "TargetUnknown"],
  ])("is refused if whereTarget is %s by now", async (_what, spec, reason) => {
    const objects = { "cronjobs/data/backup": toOwner(spec) };
    expect(await confirm({ whereTarget }, "data", objects)).toMatchObject({
      phase: "Refused",
      reason,
    });
  });

  it("leaves a source that is gone or was replaced to its step, which reports that", async () => {
    const other = { "cronjobs/data/backup": toOwner({ suspend: true }, "younger") };
    expect(await confirm({ whereTarget }, "data", {})).toBeUndefined();
    expect(await confirm({ whereTarget }, "data", other)).toBeUndefined();
  });
});

describe("a remediation that has waited by `for`", () => {
  const whereTarget = "object.spec.suspend == false";

  it.each([
    [false, undefined],
    [true, "TargetRefused"],
  ])(
    "evaluates whereTarget on the live object when it wakes: suspend is %s",
    async (suspend, code) => {
      const { record, deps } = toInput(toPipeline({ for: "10m", whereTarget }), {
        "jobs/data/backup-1": JOB,
        "cronjobs/data/backup": toOwner({ suspend }),
      });
      const status = { phase: "Running", waitedUntil: NOW } as const;
      const planned = await planRemediation(
        { ...record, status },
        { ...deps, client: NO_CLIENT },
        SIGNAL,
      );
      if (planned.outcome !== "plan") throw new Error(JSON.stringify(planned));
      expect(planned.plan.problem?.code).toBe(code);
      expect(planned.plan.operations).toHaveLength(code === undefined ? 1 : 0);
    },
  );
});
