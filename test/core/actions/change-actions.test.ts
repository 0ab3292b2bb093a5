import { describe, expect, it } from "vitest";
import type { ActionAnswer } from "../../../core/actions/contract/action.ts";
import { overlaps } from "../../../core/actions/contract/written-field.ts";
import { findAction } from "../../../core/actions/registry.ts";
import { readChain, readLoopAnnotations } from "../../../core/operations/loops/chain.ts";
import { NOW } from "./state.ts";
import { resources, toCronJob, toDeployment, toNode } from "./action-scenes.ts";
import { runAction, toLines, toObject, type Scene } from "./run-action.ts";

/** The changes of which the action does not say beforehand that it writes them, or that have another value than it says. */
function findUndeclared(name: string, parameters: Json, answer: ActionAnswer) {
  const written = findAction(name)?.writes?.(parameters) ?? [];
  const operations = answer.outcome === "operations" ? answer.operations : [];
  const changes = operations.flatMap((one) => (one.type === "patch" ? one.changes : []));
  return changes.filter(
    ({ path, to = null }) =>
      !written.some(
        (field) =>
          overlaps(field.path, path) &&
          (!Object.hasOwn(field, "to") || JSON.stringify(field.to) === JSON.stringify(to)),
      ),
  );
}

type Json = Readonly<Record<string, unknown>>;

describe("an action changes exactly its fields", () => {
  it.each<readonly [string, Json, Scene, readonly string[]]>([
    [
      "restartRollout",
      {},
      toDeployment(),
      [
        `spec template metadata annotations kubectl.kubernetes.io/restartedAt: undefined -> "${NOW}"`,
      ],
    ],
    ["scale", { replicas: 5 }, toDeployment(), ["spec replicas: 2 -> 5"]],
    ["scale", { replicas: { by: 3 }, max: 4 }, toDeployment(), ["spec replicas: 2 -> 4"]],
    ["scale", { replicas: { by: -5 }, min: 1 }, toDeployment(), ["spec replicas: 2 -> 1"]],
    ["scale", { replicas: 0 }, toDeployment(), ["spec replicas: 2 -> 0"]],
    ["scale", { replicas: 1 }, toDeployment({ replicas: 0 }), ["spec replicas: 0 -> 1"]],
    [
      "scale",
      { replicas: { cel: "x" } },
      { ...toDeployment(), values: { x: 3 } },
      ["spec replicas: 2 -> 3"],
    ],
    ["suspend", {}, toCronJob(), ["spec suspend: undefined -> true"]],
    ["resume", {}, toCronJob({ suspend: true }), ["spec suspend: true -> false"]],
    ["cordon", {}, toNode(), ["spec unschedulable: undefined -> true"]],
    ["uncordon", {}, toNode({ unschedulable: true }), ["spec unschedulable: true -> undefined"]],
    [
      "taint",
      { key: "disk", effect: "NoSchedule", value: "full" },
      toNode({ taints: [{ key: "disk", effect: "NoExecute" }] }),
      [
        'spec taints {"key":"disk","effect":"NoSchedule"}: undefined -> {"key":"disk","value":"full","effect":"NoSchedule"}',
      ],
    ],
    [
      "untaint",
      { key: "disk", effect: "NoExecute" },
      toNode({ taints: [{ key: "disk", effect: "NoExecute" }] }),
      [
        'spec taints {"key":"disk","effect":"NoExecute"}: {"key":"disk","effect":"NoExecute"} -> undefined',
      ],
    ],
    [
      "label",
      { set: { team: "a", phase: { cel: "p" } }, remove: ["old"] },
      { ...toDeployment({}, { labels: { old: "x" } }), values: { p: "b" } },
      [
        'metadata labels team: undefined -> "a"',
        'metadata labels phase: undefined -> "b"',
        'metadata labels old: "x" -> undefined',
      ],
    ],
    [
      "annotate",
      { set: { "example.com/seen": "yes" } },
      toDeployment(),
      ['metadata annotations example.com/seen: undefined -> "yes"'],
    ],
    [
      "patch",
      {
        set: {
          "spec.template.spec.containers[name=main].image": { cel: "i" },
          "spec.paused": false,
        },
        remove: ["spec.minReadySeconds"],
      },
      { ...toDeployment({ minReadySeconds: 5 }), values: { i: "web:2" } },
      [
        "spec minReadySeconds: 5 -> undefined",
        'spec template spec containers {"name":"main"} image: "web:1" -> "web:2"',
        "spec paused: undefined -> false",
      ],
    ],
    [
      "setResources",
      { limits: { memory: { times: 1.5, max: "4Gi" } } },
      toDeployment({}, {}, resources("1Gi")),
      ['spec template spec containers {"name":"main"} resources limits memory: "1Gi" -> "1536Mi"'],
    ],
    [
      "setResources",
      { limits: { memory: { times: 3, max: "2Gi" } }, requests: { cpu: "250m" } },
      toDeployment({}, {}, resources("1Gi")),
      [
        'spec template spec containers {"name":"main"} resources requests cpu: undefined -> "250m"',
        'spec template spec containers {"name":"main"} resources limits memory: "1Gi" -> "2Gi"',
      ],
    ],
  ])("%s %j", (name, parameters, scene, lines) => {
    const { answer } = runAction(name, parameters, scene);
    expect(toLines(answer)).toEqual(lines);
    expect(answer).toMatchObject({ target: { kind: scene.object.kind } });
    expect(findUndeclared(name, parameters, answer)).toEqual([]);
  });
});

describe("an action that finds everything as it should be does nothing", () => {
  it.each<readonly [string, Json, Scene]>([
    ["scale", { replicas: 2 }, toDeployment()],
    ["suspend", {}, toCronJob({ suspend: true })],
    ["resume", {}, toCronJob()],
    ["cordon", {}, toNode({ unschedulable: true })],
    ["uncordon", {}, toNode()],
    [
      "taint",
      { key: "disk", effect: "NoSchedule" },
      toNode({ taints: [{ key: "disk", effect: "NoSchedule" }] }),
    ],
    ["untaint", { key: "disk", effect: "NoSchedule" }, toNode()],
    ["label", { set: { a: "b" } }, toDeployment({}, { labels: { a: "b" } })],
    ["patch", { set: { "spec.replicas": 2 } }, toDeployment()],
    ["setResources", { limits: { memory: "1024Mi" } }, toDeployment({}, {}, resources("1Gi"))],
    ["deleteObject", {}, toDeployment({}, { deletionTimestamp: NOW })],
  ])("%s", (name, parameters, scene) => {
    expect(runAction(name, parameters, scene).answer.outcome).toBe("done");
  });
});

describe("loops", () => {
  it("what an action changes carries its depth, and so does what its template creates", () => {
    const { answer } = runAction("restartRollout", {}, { ...toDeployment(), depth: 1 });
    const [operation] = answer.outcome === "operations" ? answer.operations : [];
    const marks = operation?.type === "patch" ? operation.marks : undefined;
    expect(marks?.at).toEqual([
      ["metadata", "annotations"],
      ["spec", "template", "metadata", "annotations"],
    ]);
    const pod = toObject("v1", "Pod", {}, { annotations: marks?.annotations });
    expect(readChain([readLoopAnnotations(pod)], NOW).depth).toBe(2);
  });
});

describe("the target", () => {
  const involved = {
    field: "regarding",
    relation: "involved",
    result: {
      outcome: "resolved",
      apiVersion: "v1",
      kind: "Node",
      resource: "nodes",
      namespace: null,
      name: "the-node",
      uid: "Node-uid",
      provenance: "explicit",
    },
  } as const;
  const event: Scene = {
    resource: "events",
    object: toObject("v1", "Event"),
    others: [toNode().object],
    references: [involved],
  };

  it("may be a reference of the trigger", () => {
    const { answer } = runAction("cordon", { target: { relation: "involved" } }, event);
    expect(answer).toMatchObject({
      operations: [{ target: { kind: "Node", name: "the-node", namespace: null } }],
    });
  });

  it("is refused if it was replaced since the trigger named it", () => {
    const result = { ...involved.result, uid: "older" };
    const scene = { ...event, references: [{ ...involved, result }] };
    const { answer } = runAction("cordon", { target: { relation: "involved" } }, scene);
    expect(answer).toMatchObject({ outcome: "refused", code: "TargetReplaced" });
  });

  it("is refused if the reference is not of the resource that the rule names", () => {
    const target = { relation: "involved", resource: "pods" };
    const { answer } = runAction("deleteObject", { target }, event);
    expect(answer).toMatchObject({ outcome: "refused", code: "TargetKind" });
  });

  it("may be named by the rule, in the trigger's namespace if none is named", () => {
    const scene = { ...event, others: [toCronJob().object] };
    const target = { resource: "cronjobs.batch", name: "the-cronjob" };
    const { answer } = runAction("suspend", { target }, scene);
    expect(answer).toMatchObject({ operations: [{ target: { namespace: "data" } }] });
  });
});

it("restarts again in each stage of onFailure, whatever the stage before it has written", () => {
  const toOperation = (stage: number) => {
    const { answer } = runAction("restartRollout", { target: "trigger" }, toDeployment(), stage);
    const [operation] = answer.outcome === "operations" ? answer.operations : [];
    if (operation?.type !== "patch") throw new Error(JSON.stringify(answer));
    return operation;
  };
  const stages = [0, 1, 2].map(toOperation);
  expect(new Set(stages.map(({ changes: [change] }) => change?.to)).size).toBe(3);
  expect(stages.map(({ changes: [change] }) => change?.overwrite)).toEqual([true, true, true]);
  const digests = stages.map(({ marks }) => marks?.annotations["kubemend.dev/digest"]);
  expect(new Set(digests).size).toBe(3);
});
