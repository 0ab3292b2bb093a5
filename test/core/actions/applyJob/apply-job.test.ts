import { describe, expect, it } from "vitest";
import * as v from "valibot";
import type { KubernetesObject } from "../../../../events/change.ts";
import { applyJob } from "../../../../core/actions/applyJob/apply-job.ts";
import type { ActionAnswer } from "../../../../core/actions/contract/action.ts";
import { runAction, toObject, type Scene } from "../run-action.ts";

type Json = Readonly<Record<string, unknown>>;

const TRIGGER: Scene = { resource: "configmaps", object: toObject("v1", "ConfigMap") };
const CONTAINER = { name: "main", image: "registry.example/migrate:2" };
const SPEC = { template: { spec: { restartPolicy: "Never", containers: [CONTAINER] } } };
const METADATA = { name: "migrate", labels: { app: "web" } };
const JOB = { metadata: METADATA, spec: SPEC };
const DIFFERENT = ["spec.template.spec.containers[0].image"];
const COMPLETE = { status: { conditions: [{ type: "Complete", status: "True" }] } };

function toLive(fields: Json = COMPLETE, metadata: Json = {}): KubernetesObject {
  const own = { name: "migrate", uid: "old-uid", labels: { app: "web" }, ...metadata };
  return toObject("batch/v1", "Job", fields, own);
}

function apply(parameters: Json, scene: Partial<Scene> = {}) {
  return runAction(
    "applyJob",
    { job: JOB, ...parameters },
    { ...TRIGGER, differences: [], ...scene },
  );
}

/** The operations by their names, or the outcome with its code. */
function toSteps(answer: ActionAnswer): readonly string[] {
  switch (answer.outcome) {
    case "operations":
      return answer.operations.map(({ name, type }) => `${type} ${name}`);
    case "refused":
      return [`refused ${answer.code}`];
    case "wait":
      return [`wait ${answer.reason}`];
    case "read":
    case "done":
      return [answer.outcome];
  }
}

const RECREATE = ["delete applyJob-delete", "awaitGone applyJob-gone", "createManifest applyJob"];
const PATCH = ["patch applyJob"];

/** A Pod that a Job which is gone has left behind. */
function toPodOf(owner: Json): KubernetesObject {
  const job = { apiVersion: "batch/v1", kind: "Job", uid: "gone-uid", controller: true };
  return toObject("v1", "Pod", {}, { ownerReferences: [{ ...job, ...owner }] });
}

describe("applyJob", () => {
  it.each(["skip", "recreate", "newName", "fail"])(
    "creates a Job that does not exist: %s",
    (policy) => {
      expect(toSteps(apply({ policy }).answer)).toEqual(["createManifest applyJob"]);
    },
  );

  it.each(["skip", "recreate", "fail"])("does not touch an unchanged Job: %s", (policy) => {
    expect(toSteps(apply({ policy }, { others: [toLive()] }).answer)).toEqual(["done"]);
  });

  it.each<readonly [string, Json, KubernetesObject, readonly string[]]>([
    ["skip leaves it", { policy: "skip" }, toLive(), ["done"]],
    ["fail refuses", { policy: "fail" }, toLive(), ["refused JobDiffers"]],
    ["recreate replaces it", { policy: "recreate" }, toLive(), RECREATE],
    ["recreate waits for a running one", { policy: "recreate" }, toLive({}), ["wait JobRunning"]],
    [
      "recreate refuses a running one",
      { policy: "recreate", running: "refuse" },
      toLive({}),
      ["refused JobRunning"],
    ],
    [
      "recreate replaces a running one",
      { policy: "recreate", running: "replace" },
      toLive({}),
      RECREATE,
    ],
    [
      "recreate replaces a suspended one, which is not running",
      { policy: "recreate" },
      toLive({ spec: { suspend: true } }),
      RECREATE,
    ],
    [
      "recreate does not replace the Job of a CronJob",
      { policy: "recreate" },
      toLive(COMPLETE, { ownerReferences: [{ kind: "CronJob", name: "c", controller: true }] }),
      ["refused Controlled"],
    ],
  ])("of a Job that differs in its template: %s", (_what, parameters, live, steps) => {
    const scene = { others: [live], differences: DIFFERENT };
    expect(toSteps(apply(parameters, scene).answer)).toEqual(steps);
  });

  it("deletes the Job only if it is idle, unless the rule says that a running one is replaced", () => {
    const scene = { others: [toLive()], differences: DIFFERENT };
    const first = (parameters: Json): unknown => {
      const { answer } = apply({ policy: "recreate", ...parameters }, scene);
      return answer.outcome === "operations" ? answer.operations[0] : answer;
    };
    expect(first({})).toMatchObject({
      uid: "old-uid",
      propagationPolicy: "Foreground",
      onlyIfIdle: true,
    });
    expect(first({ running: "replace" })).not.toHaveProperty("onlyIfIdle");
  });

  it("says where the Job differs", () => {
    const { answer } = apply({ policy: "fail" }, { others: [toLive()], differences: DIFFERENT });
    expect(answer).toMatchObject({ message: expect.stringContaining(DIFFERENT[0] ?? "") });
  });

  describe.each(["recreate", "fail"])("with policy %s", (policy) => {
    it.each<readonly [string, Json, Json, readonly string[]]>([
      ["a label", { metadata: { ...METADATA, labels: { app: "new" } } }, {}, PATCH],
      ["the time to live", { spec: { ...SPEC, ttlSecondsAfterFinished: 5 } }, {}, PATCH],
      [
        "a suspension that is taken off",
        { spec: { ...SPEC, suspend: false } },
        { spec: { suspend: true } },
        PATCH,
      ],
      [
        "a suspension that a queue has taken off",
        { spec: { ...SPEC, suspend: true } },
        { spec: { suspend: false } },
        ["done"],
      ],
      ["a parallelism that is not written", {}, { spec: { parallelism: 7 } }, ["done"]],
    ])("changes in place what can be: %s", (_what, job, live, steps) => {
      const others = [toLive({ ...COMPLETE, ...live })];
      expect(toSteps(apply({ policy, job: { ...JOB, ...job } }, { others }).answer)).toEqual(steps);
    });
  });

  it("does not change what another manager would revert, unless the rule says so", () => {
    const managedFields = [
      {
        manager: "argocd-controller",
        operation: "Update",
        fieldsV1: { "f:metadata": { "f:labels": { "f:app": {} } } },
      },
    ];
    const others = [toLive(COMPLETE, { labels: { app: "old" }, managedFields })];
    expect(toSteps(apply({ policy: "fail" }, { others }).answer)).toEqual(["refused ManagedField"]);
    expect(toSteps(apply({ policy: "fail", managed: "act" }, { others }).answer)).toEqual(PATCH);
  });

  it.each([
    ["recreate", ["awaitGone applyJob-gone", "createManifest applyJob"]],
    ["skip", ["refused TargetTerminating"]],
    ["fail", ["refused TargetTerminating"]],
  ])("with policy %s: of a Job that is being deleted", (policy, steps) => {
    const others = [toLive({}, { deletionTimestamp: "2026-03-01T10:00:00Z" })];
    expect(toSteps(apply({ policy }, { others }).answer)).toEqual(steps);
  });

  it("waits for the Pods of a Job that somebody else has deleted", () => {
    const others = [toPodOf({})];
    const { answer } = apply({ policy: "recreate" }, { others });
    expect(toSteps(answer)).toEqual(["awaitGone applyJob-gone", "createManifest applyJob"]);
    expect(answer).toMatchObject({ operations: [{ uid: "gone-uid" }, {}] });
  });

  it.each([
    ["is no value of a label", { uid: "a,b in (" }],
    ["is longer than a label", { uid: "a".repeat(20_000) }],
    ["is that of another group", { apiVersion: "example.com/v1" }],
  ])("does not wait for a Pod whose owner's uid %s", (_what, owner) => {
    const { answer } = apply({ policy: "recreate" }, { others: [toPodOf(owner)] });
    expect(toSteps(answer)).toEqual(["createManifest applyJob"]);
  });

  it("gives a Job another name for each content", () => {
    const nameOf = (spec: Json): string => {
      const { answer } = apply({ policy: "newName", job: { metadata: METADATA, spec } });
      const [create] = answer.outcome === "operations" ? answer.operations : [];
      return create?.type === "createManifest" ? create.target.name : "";
    };
    const one = nameOf(SPEC);
    expect(one).toMatch(/^migrate-[0-9a-f]{12}$/);
    expect(nameOf({ ...SPEC, ttlSecondsAfterFinished: 5 })).toBe(one);
    expect(nameOf({ ...SPEC, completions: 2 })).not.toBe(one);
    const others = [toLive(COMPLETE, { name: one })];
    expect(toSteps(apply({ policy: "newName" }, { others }).answer)).toEqual(["done"]);
  });

  it("marks the new Job with what it was made of, and its Pods with the record", () => {
    const { answer } = apply({ policy: "fail" });
    const cause = { "kubemend.dev/cause": "rerun-0123456789abcdef0123" };
    expect(answer).toMatchObject({
      operations: [
        {
          metadata: {
            labels: { app: "web" },
            annotations: { ...cause, "kubemend.dev/applied": expect.stringMatching(/^\w{64}$/) },
          },
          spec: { template: { metadata: { annotations: cause } } },
        },
      ],
    });
  });

  it("lets the rule judge the live Job, and the new one if there is none", () => {
    const { answer } = apply(
      { policy: "fail", job: { metadata: METADATA, spec: { ...SPEC, backoffLimit: 1 } } },
      { others: [toLive()] },
    );
    expect(answer).toMatchObject({ target: { metadata: { uid: "old-uid" } } });
    expect(apply({ policy: "fail" }).answer).toMatchObject({
      target: { kind: "Job", metadata: { name: "migrate", namespace: "data" }, spec: SPEC },
    });
  });

  it("reads no more than its policy needs", () => {
    expect(apply({ policy: "skip" }).reads).toEqual(["get jobs"]);
    expect(apply({ policy: "fail" }).reads).toEqual(["compareJob jobs"]);
    expect(apply({ policy: "recreate" }).reads).toEqual(["compareJob jobs", "list pods"]);
  });

  it.each<readonly [string, Json]>([
    ["no policy", { job: JOB }],
    ["no name", { policy: "fail", job: { spec: SPEC } }],
    ["a wait of no time", { policy: "fail", job: JOB, within: "0s" }],
  ])("is not accepted with %s", (_what, parameters) => {
    expect(v.safeParse(applyJob.schema, parameters).success).toBe(false);
    expect(v.safeParse(applyJob.schema, { job: JOB, policy: "fail" }).success).toBe(true);
  });
});
