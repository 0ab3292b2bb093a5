/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { toCauseAnnotations } from "../../../../core/operations/loops/cause-annotations.ts";
import type { ReadOperation } from "../../../../core/operations/operation.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Rule } from "../../../../core/pipeline/pipeline.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { findReferences } from "../../../../core/references/find-references.ts";
import { readTriggerChain } from "../../../../functions/remediate/plan/trigger-chain.ts";
import type { RecordStatus, RemediationRecord } from "../../../../events/remediation.ts";
import { toRecord } from "../../../core/records/record.ts";

const NOW = "2026-03-01T10:00:00.000Z";

function toAnnotations(depth: number): Readonly<Record<string, string>> {
  return toCauseAnnotations({ record: "rerun-1", depth, now: "2026-03-01T09:59:00.000Z" });
}

/** A Pod whose controller is the Job backup-1. */
function toPod(annotations: Readonly<Record<string, string>> = {}): KubernetesObject {
  const controller = {
    apiVersion: "batch/v1",
    kind: "Job",
    name: "backup-1",
    uid: "job-uid",
    controller: true,
  };
  const metadata = { name: "backup-1-x", namespace: "data", uid: "pod-uid", annotations };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, ownerReferences: [controller] },
  };
}

function toRule(then: object): Rule {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: "rerun", on: { resource: "pods" }, then: [then] }],
  });
  const rule = parsed.ok ? parsed.value.rules[0] : undefined;
  if (rule === undefined) throw new Error(JSON.stringify(parsed));
  return rule;
}

const RERUN = toRule({ createJobFromCronJob: { cronJob: { name: "backup" } } });

/** The depth of a Pod, and what was read to find it; the Job is three remediations deep. */
async function read(
  object: KubernetesObject,
  rule: Rule,
  job: KubernetesObject | null,
  record: RemediationRecord = toRecord(),
): Promise<{
  readonly depth: number;
  readonly reads: readonly ReadOperation[];
  readonly counted: readonly string[];
}> {
  const reads: ReadOperation[] = [];
  const executor = {
    read: async (operation: ReadOperation) => {
      reads.push(operation);
      return { type: "object", object: job } as const;
    },
    scan: async (): Promise<void> => undefined,
    readUses: async () => () => false,
    readCatalog: () => Promise.reject(new Error("not in this test")),
    readNamespace: async () => null,
    execute: async (): Promise<never> => {
      throw new Error("nothing may be written");
    },
  };
  const live = { object, references: findReferences(object, builtinCatalog()) };
  const counted: string[] = [];
  const count = (metric: string): void => void counted.push(metric);
  const input = { record, rule, live, executor, now: NOW, count };
  const { depth } = await readTriggerChain(input, new AbortController().signal);
  return { depth, reads, counted };
}

const JOB: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "backup-1", namespace: "data", uid: "job-uid", annotations: toAnnotations(3) },
};

it("a Pod is as deep in a chain of remediations as the Job that controls it", async () => {
  const { depth, reads } = await read(toPod(), RERUN, JOB);
  expect(depth).toBe(3);
  expect(reads).toMatchObject([
    {
      type: "get",
      target: {
        group: "batch",
        version: "v1",
        resource: "jobs",
        namespace: "data",
        name: "backup-1",
      },
    },
  ]);
});

it("a controller that no longer exists adds nothing", async () => {
  expect((await read(toPod(), RERUN, null)).depth).toBe(0);
});

it("an object's own depth does not hide that of its controller: whoever writes a Pod template chooses the Pod's annotations", async () => {
  expect((await read(toPod(toAnnotations(1)), RERUN, JOB)).depth).toBe(3);
  expect((await read(toPod(toAnnotations(2)), RERUN, null)).depth).toBe(2);
});

it("a time in the future is ignored and counted, and the depth is the controller's", async () => {
  const future = { ...toAnnotations(9), "kubemend.dev/at": "2026-03-01T10:01:00.000Z" };
  const { depth, counted } = await read(toPod(future), RERUN, JOB);
  expect(depth).toBe(3);
  expect(counted).toEqual(["FutureCause"]);
  expect((await read(toPod(toAnnotations(1)), RERUN, JOB)).counted).toEqual([]);
});

it("a controller that the rule's actions have no right to read is not read", async () => {
  const alertOnly = toRule({ alert: { to: "team", summary: "'failed'" } });
  expect(await read(toPod(), alertOnly, JOB)).toMatchObject({ depth: 0, reads: [] });
});

it("an object without a controller reads nothing", async () => {
  const { ownerReferences: _owners, ...metadata } = toPod().metadata;
  expect(await read({ ...toPod(), metadata }, RERUN, JOB)).toMatchObject({
    depth: 0,
    reads: [],
  });
});

describe("the depth of a trigger on which others have acted since its change was reported", () => {
  const LIVE = { ...JOB, metadata: { ...JOB.metadata, ownerReferences: [] } };

  function toReported(
    loopAnnotations: Readonly<Record<string, string>> | undefined,
    status?: RecordStatus,
  ): RemediationRecord {
    const record = toRecord(status);
    const { change } = record.spec;
    const reported = loopAnnotations === undefined ? {} : { loopAnnotations };
    return { ...record, spec: { ...record.spec, change: { ...change, ...reported } } };
  }

  it("is that of the reported state", async () => {
    expect((await read(LIVE, RERUN, null, toReported({}))).depth).toBe(0);
    expect((await read(LIVE, RERUN, null, toReported(toAnnotations(2)))).depth).toBe(2);
  });

  it("is that of the live state if the record does not say what was reported", async () => {
    expect((await read(LIVE, RERUN, null, toReported(undefined))).depth).toBe(3);
  });

  it("is that of the live state if the record was reopened for a later change", async () => {
    const status = { phase: "Pending", matchedAt: NOW } as const;
    expect((await read(LIVE, RERUN, null, toReported({}, status))).depth).toBe(3);
  });

  it("is not less than that of its controller", async () => {
    expect((await read(toPod(), RERUN, JOB, toReported({}))).depth).toBe(3);
  });

  it("is none for a person, whatever the trigger and its controller carry", async () => {
    const record = toReported(toAnnotations(3));
    const manual = { ...record, spec: { ...record.spec, onceKey: "manual/now/somebody" } };
    expect(await read(toPod(toAnnotations(3)), RERUN, JOB, manual)).toMatchObject({
      depth: 0,
      reads: [],
    });
  });
});
