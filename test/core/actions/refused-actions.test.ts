import { describe, expect, it } from "vitest";
import { HPA, resources, toCronJob, toDeployment, toNode } from "./action-scenes.ts";
import { runAction, toObject, type Scene } from "./run-action.ts";
import { NOW } from "./state.ts";

type Json = Readonly<Record<string, unknown>>;

const argo = (fields: Json, operation = "Update", manager = "argocd-controller"): Json => ({
  managedFields: [{ manager, operation, fieldsV1: fields }],
});

describe("an action is refused", () => {
  it.each<readonly [string, string, Json, Scene]>([
    ["RolloutPaused", "restartRollout", {}, toDeployment({ paused: true })],
    [
      "OnDelete",
      "restartRollout",
      {},
      {
        resource: "daemonsets.apps",
        object: toObject("apps/v1", "DaemonSet", {
          spec: { updateStrategy: { type: "OnDelete" } },
        }),
      },
    ],
    [
      "TargetKind",
      "restartRollout",
      {},
      { resource: "replicasets.apps", object: toObject("apps/v1", "ReplicaSet") },
    ],
    ["NoCount", "scale", { replicas: { cel: "x" } }, { ...toDeployment(), values: { x: 1.5 } }],
    ["NoScale", "scale", { replicas: 1 }, toCronJob()],
    ["Autoscaled", "scale", { replicas: 5 }, { ...toDeployment(), others: [HPA] }],
    [
      "ManagedField",
      "scale",
      { replicas: 5 },
      toDeployment({}, argo({ "f:spec": { "f:replicas": {} } })),
    ],
    [
      "ManagedField",
      "label",
      { set: { a: "b" } },
      toDeployment({}, argo({ "f:metadata": { "f:labels": { "f:a": {} } } }, "Apply", "someone")),
    ],
    ["NoText", "label", { set: { a: { cel: "x" } } }, { ...toDeployment(), values: { x: 3 } }],
    ["TooLong", "label", { set: { a: "x".repeat(64) } }, toDeployment()],
    [
      "NullValue",
      "patch",
      { set: { "spec.x": { cel: "x" } } },
      { ...toDeployment(), values: { x: null } },
    ],
    [
      "NoContainer",
      "setResources",
      { container: "other", limits: { memory: "1Gi" } },
      toDeployment(),
    ],
    [
      "NoCurrentValue",
      "setResources",
      { limits: { memory: { times: 2, max: "1Gi" } } },
      toDeployment(),
    ],
    [
      "AtMaximum",
      "setResources",
      { limits: { memory: { times: 2, max: "1Gi" } } },
      toDeployment({}, {}, resources("1Gi")),
    ],
    [
      "NoQuantity",
      "setResources",
      { limits: { memory: { cel: "x" } } },
      { ...toDeployment(), values: { x: "much" } },
    ],
    [
      "RequestAboveLimit",
      "setResources",
      { requests: { memory: "2Gi" } },
      toDeployment({}, {}, resources("1Gi")),
    ],
    ["HasFinalizers", "deleteObject", {}, toDeployment({}, { finalizers: ["example.com/a"] })],
    [
      "Controlled",
      "deleteObject",
      {},
      toDeployment({}, { ownerReferences: [{ kind: "App", name: "web", controller: true }] }),
    ],
    [
      "MirrorPod",
      "evictPod",
      {},
      {
        resource: "pods",
        object: toObject("v1", "Pod", {}, { annotations: { "kubernetes.io/config.mirror": "x" } }),
      },
    ],
    ["LoopDepth", "cordon", {}, { ...toNode(), depth: 3 }],
    [
      "TargetTerminating",
      "cordon",
      {},
      {
        resource: "nodes",
        object: toObject("v1", "Node", {}, { deletionTimestamp: NOW }),
      },
    ],
    ["TargetNotFound", "cordon", { target: { name: "gone" } }, toNode()],
    [
      "NotServed",
      "suspend",
      { target: { resource: "widgets.example.com", name: "w" } },
      toCronJob(),
    ],
    [
      "NamespaceMissing",
      "suspend",
      { target: { resource: "cronjobs.batch", name: "w" } },
      toNode(),
    ],
    ["ReferenceMissing", "cordon", { target: { relation: "owner" } }, toNode()],
  ])("%s: %s", (code, name, parameters, scene) => {
    const { answer } = runAction(name, parameters, scene);
    const message: unknown = expect.stringMatching(/\w{3,} \S+/);
    expect(answer).toMatchObject({ outcome: "refused", code, message });
  });

  it("unless the rule says that it should act all the same", () => {
    const managed = toDeployment({}, argo({ "f:spec": { "f:replicas": {} } }));
    const acting: readonly (readonly [string, Json, Scene])[] = [
      ["scale", { replicas: 5, managed: "act" }, managed],
      ["scale", { replicas: 5, autoscaled: "act" }, { ...toDeployment(), others: [HPA] }],
      ["deleteObject", { finalizers: "allow" }, toDeployment({}, { finalizers: ["a/b"] })],
      [
        "deleteObject",
        { controlled: "act" },
        toDeployment({}, { ownerReferences: [{ kind: "App", name: "w", controller: true }] }),
      ],
      ["deleteObject", { gracePeriodSeconds: 0 }, toDeployment({}, { deletionTimestamp: NOW })],
    ];
    for (const [name, parameters, scene] of acting) {
      expect([name, runAction(name, parameters, scene).answer.outcome]).toEqual([
        name,
        "operations",
      ]);
    }
  });

  it("not for a restart of what another manager keeps in its state", () => {
    const owned = { "f:spec": { "f:template": { "f:metadata": { "f:annotations": {} } } } };
    const { answer } = runAction("restartRollout", {}, toDeployment({}, argo(owned)));
    expect(answer.outcome).toBe("operations");
  });
});
