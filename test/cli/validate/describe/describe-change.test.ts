import { describe, expect, test } from "vitest";
import * as v from "valibot";
import { describeChange } from "../../../../cli/validate/describe/describe-change.ts";
import { describeEffects } from "../../../../cli/validate/describe/describe-effects.ts";
import { findSchema } from "../../../../core/actions/targets/register.ts";
import { ACTIONS } from "../../../../core/actions/registry.ts";

/** The sentence for an action as a rule has it, with its defaults. */
function sentence(action: string, parameters: object): string | undefined {
  const own = ACTIONS[action];
  if (own === undefined) throw new Error(action);
  const parsed = v.parse(findSchema(own, parameters), parameters) as Record<string, unknown>;
  return describeChange({ action, parameters: parsed });
}

const NODES = { select: { resource: "nodes" }, atMost: 3 };

describe("a sentence for each action", () => {
  test.each<readonly [string, object, string]>([
    ["restartRollout", {}, "Restarts the object: its Pods are replaced by its own strategy."],
    [
      "restartRollout",
      { target: { relation: "owner", kind: "Deployment" } },
      "Restarts the Deployment that the object refers to as owner: its Pods are replaced by its own strategy.",
    ],
    [
      "rollbackDeployment",
      { toRevision: 3 },
      "Returns the object to revision 3, which replaces its Pods.",
    ],
    [
      "scale",
      { replicas: { by: -1 }, min: 1, target: { resource: "deployments.apps", name: "web" } },
      "Scales deployments.apps web down by 1, at least 1, but not if a HorizontalPodAutoscaler scales it.",
    ],
    [
      "setResources",
      { limits: { memory: { times: 1.5, max: "4Gi" } }, managed: "act" },
      "Sets the limit of memory to 1.5 times what it is, at most 4Gi in the Pod template of the object, which replaces its Pods, even if another manager keeps the field (managed: act).",
    ],
    ["suspend", {}, "Suspends the object."],
    ["resume", {}, "Resumes the object."],
    ["cordon", {}, "Cordons the object: no new Pods are scheduled there."],
    [
      "uncordon",
      { targets: NODES },
      "Uncordons the nodes beside the object, if they are at most 3: Pods are scheduled there again.",
    ],
    [
      "taint",
      { key: "disk", value: "full", effect: "NoExecute" },
      "Adds the taint disk=full:NoExecute to the object, which evicts Pods that do not tolerate it.",
    ],
    [
      "untaint",
      { key: "disk", effect: "NoSchedule" },
      "Removes the taint disk:NoSchedule from the object.",
    ],
    [
      "label",
      { set: { team: { cel: "object.metadata.namespace" } }, remove: ["old"] },
      "Changes the object: sets the label team to object.metadata.namespace, removes the label old.",
    ],
    [
      "annotate",
      { set: { note: "seen" } },
      "Changes the object: sets the annotation note to seen.",
    ],
    [
      "patch",
      { set: { "spec.paused": true }, remove: ["spec.x"] },
      "Changes the object: sets spec.paused to true, removes spec.x.",
    ],
    [
      "deleteObject",
      {},
      "Deletes the object: what it owns is deleted after it, not if it has finalizers, not if a controller would create it again.",
    ],
    [
      "evictPod",
      { within: "10m" },
      "Evicts the object; while a PodDisruptionBudget does not allow it, it waits, for 10m at most.",
    ],
    [
      "drain",
      { force: true, target: { relation: "node" } },
      "Drains the Node that the object refers to as node: cordons it and evicts its Pods, except static Pods and those of a DaemonSet; a Pod whose PodDisruptionBudget does not allow it waits, for 1h at most; Pods that nothing creates again are lost (force: true); does nothing at all if a Pod has an emptyDir volume.",
    ],
    [
      "move",
      {
        to: "backup-eu",
        withOwned: true,
        also: [{ resource: "secrets", labelSelector: "cluster=web" }],
        removeFinalizers: ["*"],
        createNamespaces: true,
      },
      'Moves the object with all that it owns to backup-eu, together with secrets with the labels cluster=web: the function transfer creates everything there, and deletes it here when the target has all of it; takes these finalizers off a source after its deletion was accepted: ["*"]; createNamespaces: true.',
    ],
    [
      "move",
      { to: "backup-eu", target: { resource: "clusters.cluster.x-k8s.io", name: "web" } },
      "Moves clusters.cluster.x-k8s.io web to backup-eu: the function transfer creates everything there, and deletes it here when the target has all of it; it is refused if the object owns something; it waits until the controllers of the source have taken their finalizers off.",
    ],
    [
      "emitEvent",
      { reason: "Checked", message: { cel: "'ok ' + object.metadata.name" } },
      "Reports the Event Checked (Warning) about the object: 'ok ' + object.metadata.name.",
    ],
  ])("%s %j", (action, parameters, expected) => {
    expect(sentence(action, parameters)).toBe(expected);
  });

  test("no action is left without one", () => {
    const others = ["alert", "applyJob", "createJob", "createJobFromCronJob", "mirror"];
    const without = Object.keys(ACTIONS).filter(
      (action) => describeChange({ action, parameters: {} }) === undefined,
    );
    expect(without.toSorted()).toEqual(others);
  });
});

describe("what verify: {} waits for", () => {
  test("is said with the time of the action, or that of the rule", () => {
    const actions = [
      { action: "cordon", parameters: {} },
      { action: "restartRollout", parameters: {} },
      { action: "deleteObject", parameters: {} },
    ];
    expect(describeEffects(actions, undefined)).toBe(
      "Is successful if the rollout is complete within 10m, and the object is gone within 5m.",
    );
    expect(describeEffects(actions, 60_000)).toMatch(/complete within 1m, .*gone within 1m/);
  });

  test("may be nothing", () => {
    expect(describeEffects([{ action: "label", parameters: {} }], undefined)).toMatch(
      /no effect to wait for/,
    );
  });
});
