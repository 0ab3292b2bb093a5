import { describe, expect, it } from "vitest";
import { toNode } from "../action-scenes.ts";
import { runAction } from "../run-action.ts";

describe("drain", () => {
  it("cordons the Node, then evicts its Pods in all namespaces until none is left", () => {
    const { answer } = runAction("drain", { gracePeriodSeconds: 5, within: "30m" }, toNode());
    expect(answer).toMatchObject({
      target: { kind: "Node" },
      operations: [
        { type: "patch", name: "cordon", changes: [{ path: ["spec", "unschedulable"], to: true }] },
        {
          type: "fanOut",
          action: "evictPod",
          verb: "evict",
          untilNone: true,
          parameters: { within: "30m", gracePeriodSeconds: 5 },
          giveUpAfterMs: 1_800_000,
          collections: [
            { resource: "pods", namespace: null, fieldSelector: "spec.nodeName=the-node" },
          ],
          filter: { type: "drain", force: false, deleteEmptyDirData: false },
        },
      ],
    });
  });

  it("only evicts if the Node is cordoned already, and only the Pods that the rule selects", () => {
    const scene = toNode({ unschedulable: true });
    const { answer } = runAction("drain", { podSelector: "app!=agent", force: true }, scene);
    expect(answer).toMatchObject({
      target: { kind: "Node" },
      operations: [
        {
          type: "fanOut",
          collections: [{ labelSelector: "app!=agent" }],
          filter: { force: true, deleteEmptyDirData: false },
        },
      ],
    });
    expect(answer).toHaveProperty("operations.length", 1);
  });

  it.each([
    ["TargetNotFound", { target: { name: "gone" } }, toNode()],
    ["LoopDepth", {}, { ...toNode(), depth: 3 }],
  ])("is refused with %s", (code, parameters, scene) => {
    expect(runAction("drain", parameters, scene).answer).toMatchObject({
      outcome: "refused",
      code,
    });
  });
});
