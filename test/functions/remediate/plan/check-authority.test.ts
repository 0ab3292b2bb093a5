/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { WriteOperation } from "../../../../core/operations/operation.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Reach, Rule } from "../../../../core/pipeline/pipeline.ts";
import {
  checkReads,
  checkStoredWrites,
  checkWrites,
  toJudged,
} from "../../../../functions/remediate/plan/check-authority.ts";
import { toRecord } from "../../../core/records/record.ts";

const JOBS = { group: "batch", version: "v1", resource: "jobs", kind: "Job" };
const CRON_JOBS = { group: "batch", version: "v1", resource: "cronjobs", kind: "CronJob" };

function toRule(reach?: Reach): Rule {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [
      {
        id: "rerun",
        on: { resource: "jobs.batch" },
        then: [{ createJobFromCronJob: {} }],
        ...(reach === undefined ? {} : { reach }),
      },
    ],
  });
  const rule = parsed.ok ? parsed.value.rules[0] : undefined;
  if (rule === undefined) throw new Error(JSON.stringify(parsed));
  return rule;
}

/** Creates a Job in one namespace with the body of a CronJob in another. */
function toCreate(targetNamespace: string, sourceNamespace: string): WriteOperation {
  return {
    type: "create",
    name: "createJobFromCronJob",
    target: { ...JOBS, namespace: targetNamespace, name: "backup-abc" },
    metadata: {},
    specFrom: {
      source: { ...CRON_JOBS, namespace: sourceNamespace, name: "backup", uid: "cron-uid" },
      path: "spec.jobTemplate.spec",
      digest: "d",
    },
  };
}

function toContext(reach?: Reach) {
  const unexpected = async (): Promise<never> => {
    throw new Error("nothing may be read or written");
  };
  return {
    record: toRecord(),
    rule: toRule(reach),
    pipeline: { redact: [] },
    catalog: builtinCatalog(),
    executor: {
      read: unexpected,
      scan: unexpected,
      readUses: unexpected,
      readCatalog: () => Promise.reject(new Error("not in this test")),
      readNamespace: unexpected,
      execute: unexpected,
    },
    now: "2026-03-01T10:00:00.000Z",
  };
}

const SIGNAL = new AbortController().signal;

/** The trigger is in namespace data. */
describe.each([
  [
    "a new plan",
    async (operation: WriteOperation, reach?: Reach) =>
      checkWrites({ operations: [operation] }, toContext(reach)),
  ],
  [
    "a stored plan",
    (operation: WriteOperation, reach?: Reach) =>
      checkStoredWrites([operation], toContext(reach), SIGNAL),
  ],
] as const)("%s", (_what, check) => {
  it("is accepted if target and source are within reach", async () => {
    expect(await check(toCreate("data", "data"))).toBeUndefined();
    expect(await check(toCreate("data", "other"), ["other"])).toBeUndefined();
  });

  it("is refused in kube-system, unless reach names it", async () => {
    const refused = { code: "SystemNamespace" };
    expect(await check(toCreate("kube-system", "data"), "cluster")).toMatchObject(refused);
    expect(await check(toCreate("data", "kube-system"), "cluster")).toMatchObject(refused);
    expect(await check(toCreate("kube-system", "data"), ["kube-system"])).toBeUndefined();
  });

  it("is refused if only the source is out of reach", async () => {
    expect(await check(toCreate("data", "other"))).toMatchObject({
      code: "OutOfReach",
      message: expect.stringContaining("CronJob other/backup"),
    });
  });

  it("is refused if only the target is out of reach", async () => {
    expect(await check(toCreate("other", "data"))).toMatchObject({
      code: "OutOfReach",
      message: expect.stringContaining("Job other/backup-abc"),
    });
  });
});

it("every operation of a plan is checked, and every read of an action", async () => {
  const operations = [toCreate("data", "data"), toCreate("data", "other")];
  const context = toContext();
  const outOfReach = { code: "OutOfReach" };
  expect(checkWrites({ operations }, context)).toMatchObject(outOfReach);
  expect(await checkStoredWrites(operations, context, SIGNAL)).toMatchObject(outOfReach);
  const toRead = (namespace: string) =>
    ({ type: "get", as: namespace, target: { ...CRON_JOBS, namespace, name: "backup" } }) as const;
  const live = {
    object: { apiVersion: "batch/v1", kind: "Job", metadata: { name: "backup-1", uid: "job-uid" } },
    references: [],
  };
  expect(checkReads([toRead("data")], { ...context, live })).toBeUndefined();
  expect(checkReads([toRead("data"), toRead("other")], { ...context, live })).toMatchObject(
    outOfReach,
  );
});

describe("an operation that changes or removes an object", () => {
  const target = { ...CRON_JOBS, namespace: "data", name: "backup" };
  const patch = {
    type: "patch",
    name: "patch",
    target,
    uid: "cron-uid",
    changes: [{ path: ["spec", "list", { name: "a" }, "value"], to: "x" }],
  } as const;
  const removal = {
    type: "delete",
    name: "deleteObject",
    target,
    uid: "cron-uid",
    propagationPolicy: "Background",
  } as const;
  const eviction = { type: "evict", name: "evictPod", target, uid: "u", withinMs: 1 } as const;

  it.each<WriteOperation>([patch, removal, eviction])(
    "$type is held against reach",
    (operation) => {
      expect(checkWrites({ operations: [operation] }, toContext())).toBeUndefined();
      const far = { ...operation, target: { ...target, namespace: "other" } } as WriteOperation;
      expect(checkWrites({ operations: [far] }, toContext())).toMatchObject({ code: "OutOfReach" });
    },
  );

  it.each<WriteOperation>([patch, removal, eviction])(
    "$type is held against whereTarget again, on the live object, after a wait",
    async (operation) => {
      const live = {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "backup", uid: "" },
      };
      const { uid } = operation as typeof patch;
      const object = { ...live, metadata: { ...live.metadata, uid } };
      const context = {
        ...toContext(),
        rule: { ...toRule(), whereTarget: 'object.metadata.name == "other"' },
        executor: {
          read: async () => ({ type: "object", object }) as const,
          scan: async () => undefined,
          readUses: async () => () => false,
          readNamespace: async () => null,
          readCatalog: () => Promise.reject(new Error("not in this test")),
          execute: async () => Promise.reject(new Error("nothing may be written")),
        },
      };
      const fault = checkStoredWrites([operation], context, SIGNAL);
      expect(await fault).toMatchObject({ code: "TargetRefused" });
    },
  );

  it("is followed by what has no target to judge: alerts are sent whatever whereTarget says, and a check reads nothing for it", async () => {
    const alert = { type: "alert", name: "alert", to: "team", summary: "look" } as const;
    const check = { expression: "true", withinMs: 1 };
    const verify = {
      type: "verify",
      name: "verify",
      target,
      ...check,
    } as unknown as WriteOperation;
    const rule = { ...toRule(), whereTarget: 'object.metadata.name == "other"' };
    const context = { ...toContext(), rule };
    expect(checkWrites({ operations: [alert] }, context)).toBeUndefined();
    expect(await checkStoredWrites([verify, alert], context, SIGNAL)).toBeUndefined();
    const far = { ...verify, target: { ...target, namespace: "other" } } as WriteOperation;
    expect(await checkStoredWrites([far], context, SIGNAL)).toMatchObject({ code: "OutOfReach" });
  });

  it.each<readonly [string, readonly (string | null)[], boolean]>([
    ["itself", ["spec", "list", null, "value"], true],
    ["a part of it", ["spec", "list", null, "value", "part"], true],
    ["what contains it", ["spec"], true],
    ["something else", ["spec", "list", null, "name"], false],
  ])("may not change a field if %s never leaves the cluster", (_what, path, isRefused) => {
    const redact = [{ resource: "cronjobs.batch", paths: [path] }];
    const context = { ...toContext(), pipeline: { redact } };
    const fault = checkWrites({ operations: [patch] }, context);
    expect(fault?.code).toBe(isRefused ? "RedactedField" : undefined);
  });

  it("may never change the values of a Secret", () => {
    const secrets = { group: "", version: "v1", resource: "secrets", kind: "Secret" };
    const changes = [{ path: ["data", "password"], to: "x" }];
    const operation = { ...patch, target: { ...target, ...secrets }, changes };
    const fault = checkWrites({ operations: [operation] }, toContext());
    expect(fault).toMatchObject({ code: "RedactedField" });
  });
});

it("a drain is judged by the Node of the cluster in which it evicts, and not by one of that name elsewhere", () => {
  const pods = { group: "", version: "v1", resource: "pods", kind: "Pod", namespace: null };
  const toDrain = (place: { readonly cluster?: string }): WriteOperation => ({
    type: "fanOut",
    name: "drain",
    action: "evictPod",
    parameters: {},
    values: {},
    verb: "evict",
    collections: [{ ...pods, fieldSelector: "spec.nodeName=n1", ...place }],
    filter: { type: "drain", force: false, deleteEmptyDirData: false },
    giveUpAfterMs: 0,
    plannedAt: "2026-03-01T10:00:00.000Z",
    depth: 0,
    found: { count: 0, names: [] },
  });
  const node = { group: "", version: "v1", resource: "nodes", kind: "Node", namespace: null };
  expect(toJudged(toDrain({ cluster: "backup" }))).toEqual({
    ...node,
    name: "n1",
    cluster: "backup",
  });
  expect(toJudged(toDrain({}))).toEqual({ ...node, name: "n1" });
});
