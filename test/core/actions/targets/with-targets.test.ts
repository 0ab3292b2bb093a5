import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { findSchema } from "../../../../core/actions/targets/register.ts";
import { findAction } from "../../../../core/actions/registry.ts";
import { toCronJob, toNode } from "../action-scenes.ts";
import { runAction, toObject, type Scene } from "../run-action.ts";
import { NOW } from "../state.ts";

type Json = Readonly<Record<string, unknown>>;

const configMap: Scene = { resource: "configmaps", object: toObject("v1", "ConfigMap") };
const pods = (more: Json = {}): Json => ({
  targets: { select: { resource: "pods", ...more }, atMost: 9 },
});

describe("an action with many targets", () => {
  it("is one operation, with what the rule selects and the values of its expressions", () => {
    const where = 'object.status.phase == "Failed"';
    const parameters = {
      ...pods({ labelSelector: { cel: "of" }, fieldSelector: "status.phase=Failed", where }),
      set: { of: { cel: "name" }, a: "b" },
    };
    const scene = { ...configMap, depth: 1, values: { of: "app=web", name: "x" } };
    expect(runAction("label", parameters, scene).answer).toEqual({
      outcome: "operations",
      operations: [
        {
          type: "fanOut",
          name: "label",
          action: "label",
          parameters: { set: { of: { cel: "name" }, a: "b" }, remove: [], managed: "refuse" },
          values: { name: "x" },
          verb: "change",
          collections: [
            {
              group: "",
              version: "v1",
              resource: "pods",
              kind: "Pod",
              namespace: "data",
              labelSelector: "app=web",
              fieldSelector: "status.phase=Failed",
            },
          ],
          filter: { type: "where", expression: where },
          atMost: 9,
          giveUpAfterMs: 0,
          plannedAt: NOW,
          depth: 1,
          found: { count: 0, names: [] },
        },
      ],
    });
  });

  it.each<readonly [string, Json, Scene, string | null]>([
    ["pods", {}, configMap, "data"],
    ["pods", { namespace: "tools" }, configMap, "tools"],
    ["pods", { namespace: { cel: "n" } }, { ...toNode(), values: { n: "made" } }, "made"],
    ["pods", { namespace: "*" }, toNode(), null],
    ["nodes", {}, configMap, null],
  ])("%s %j are those in the right namespace", (resource, more, scene, namespace) => {
    const targets = { select: { resource, ...more }, atMost: 1 };
    const { answer } = runAction("deleteObject", { targets }, scene);
    expect(answer).toMatchObject({
      operations: [{ verb: "delete", collections: [{ namespace }] }],
    });
  });

  it("may be the workloads that use the trigger", () => {
    const targets = { referrers: ["deployments.apps", "statefulsets.apps"], atMost: 5 };
    expect(runAction("restartRollout", { targets }, configMap).answer).toMatchObject({
      operations: [
        {
          collections: [{ kind: "Deployment", namespace: "data" }, { kind: "StatefulSet" }],
          filter: { type: "uses", kind: "ConfigMap", object: "the-configmap" },
        },
      ],
    });
  });

  it.each<readonly [string, string, Json, Scene]>([
    ["NamespaceMissing", "deleteObject", pods(), toNode()],
    [
      "NoText",
      "deleteObject",
      pods({ labelSelector: { cel: "x" } }),
      { ...configMap, values: { x: 1 } },
    ],
    [
      "NoText",
      "deleteObject",
      pods({ labelSelector: { cel: "x" } }),
      { ...configMap, values: { x: "" } },
    ],
    ["LoopDepth", "deleteObject", pods(), { ...configMap, depth: 3 }],
    [
      "NotServed",
      "deleteObject",
      { targets: { select: { resource: "widgets.example.com" }, atMost: 1 } },
      configMap,
    ],
    [
      "NotReferred",
      "restartRollout",
      { targets: { referrers: ["deployments.apps"], atMost: 1 } },
      toCronJob(),
    ],
  ])("is refused with %s: %s %j", (code, name, parameters, scene) => {
    const message: unknown = expect.stringMatching(/\w{3,} \S+/);
    const { answer } = runAction(name, parameters, scene);
    expect(answer).toMatchObject({ outcome: "refused", code, message });
  });

  it.each<readonly [string, Json]>([
    ["restartRollout", { targets: { select: { resource: "pods" }, atMost: 1 } }],
    ["restartRollout", { targets: { select: { resource: "deployments.apps" } } }],
    ["restartRollout", { targets: { referrers: [], atMost: 1 } }],
    ["restartRollout", { targets: { referrers: ["cronjobs.batch"], atMost: 1 } }],
    ["deleteObject", { targets: { select: { resource: "pods" }, atMost: 0 } }],
    ["deleteObject", { targets: { select: { resource: "pods" }, atMost: 5001 } }],
    ["deleteObject", { target: "trigger", ...pods() }],
    ["deleteObject", pods({ selector: "a=b" })],
    ["drain", { targets: { select: { resource: "nodes" }, atMost: 1 } }],
    ["createJobFromCronJob", pods()],
  ])("%s does not accept %j", (name, parameters) => {
    const action = findAction(name);
    if (action === undefined) throw new Error(name);
    expect(v.is(findSchema(action, parameters), parameters)).toBe(false);
  });
});
