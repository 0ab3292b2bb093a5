import { describe, expect, it } from "vitest";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import type { SourceState } from "../../../core/mirror/mirror-decision.ts";
import { judgeSource } from "../../../core/mirror/judge-source.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { SOURCE_CLUSTER, toContext, toMirror, toSource } from "../../support/mirror/mirror-case.ts";

const JOBS: ResourceType = {
  group: "batch",
  version: "v1",
  resource: "jobs",
  kind: "Job",
  namespaced: true,
};
const PODS: ResourceType = {
  group: "",
  version: "v1",
  resource: "pods",
  kind: "Pod",
  namespaced: true,
};
const JOB = { apiVersion: "batch/v1", kind: "Job", spec: { template: {} } };
const POD = { apiVersion: "v1", kind: "Pod", spec: {} };

function toEnd(type: string, status = "True"): object {
  return { conditions: [{ type, status }] };
}

function decide(source: SourceState, target: KubernetesObject | null = null) {
  return decideMirror({
    rule: { id: "mirror-it" },
    mirror: toMirror(),
    clusterUid: SOURCE_CLUSTER.uid,
    targetUid: "uid-of-cluster-b",
    isCopiedBack: false,
    place: { namespace: "shop", name: "settings" },
    source,
    target,
    otherRules: new Set(),
  });
}

describe("no copy is created", () => {
  it.each<[string, ResourceType, object]>([
    ["a Job that is complete", JOBS, { ...JOB, status: toEnd("Complete") }],
    ["a Job that has failed", JOBS, { ...JOB, status: toEnd("Failed") }],
    ["a Job that is being deleted", JOBS, { ...JOB, metadata: { deletionTimestamp: "2026" } }],
    ["a Pod that has succeeded", PODS, { ...POD, status: { phase: "Succeeded" } }],
    ["a Pod that has failed", PODS, { ...POD, status: { phase: "Failed" } }],
  ])("of %s", (_what, type, fields) => {
    const state = judgeSource(toSource({ ...fields }), toContext({}, { type }));
    expect(decide(state)).toEqual({ outcome: "nothing", reason: "ended" });
  });
});

describe("a copy is created", () => {
  it.each<[string, ResourceType, object]>([
    ["a Job that runs", JOBS, { ...JOB, status: toEnd("Complete", "False") }],
    ["a Pod that runs", PODS, { ...POD, status: { phase: "Running" } }],
    [
      "another object with such a condition",
      { ...JOBS, group: "example.com", resource: "tasks", kind: "Task" },
      { ...JOB, apiVersion: "example.com/v1", kind: "Task", status: toEnd("Complete") },
    ],
  ])("of %s", (_what, type, fields) => {
    const state = judgeSource(toSource({ ...fields }), toContext({}, { type }));
    expect(decide(state)).toMatchObject({ outcome: "create" });
  });

  it("of a Job that has ended, if the rule suspends the copy", () => {
    const fields = { set: { "spec.suspend": true } };
    const source = toSource({ ...JOB, status: toEnd("Complete") });
    const state = judgeSource(source, toContext({ fields }, { type: JOBS }));
    expect(decide(state)).toMatchObject({ outcome: "create" });
  });
});
