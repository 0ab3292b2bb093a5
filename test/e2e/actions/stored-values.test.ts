import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../support/functions/remediation-world.ts";
import {
  DEPLOYMENT,
  DEPLOYMENTS,
  readSpec,
  startWidgetWorld,
  untilServed,
  WIDGETS,
  type WidgetWorld,
} from "../../support/actions/widget-world.ts";

let widgets: WidgetWorld;

beforeAll(async () => {
  widgets = await startWidgetWorld();
  await installPolicy();
  await untilServed(async () => {
    const name = `pinned-${Date.now()}`;
    const made = await widgets.create(WIDGETS, name, { color: "blue" });
    if (readSpec(made)["color"] !== "red") throw new Error("the policy does not act yet");
    return made;
  });
});

afterAll(async () => {
  await widgets?.world.stop();
});

/** Admission that keeps the color red, and makes every size above 100 a hundred. */
async function installPolicy(): Promise<void> {
  const path = "/apis/admissionregistration.k8s.io/v1";
  const toMutation = (condition: string, value: string): Json => ({
    patchType: "ApplyConfiguration",
    applyConfiguration: { expression: `${condition} ? ${value} : Object{}` },
  });
  const mutations = [
    toMutation("has(object.spec.color)", 'Object{spec: Object.spec{color: "red"}}'),
    toMutation(
      "has(object.spec.size) && object.spec.size > 100",
      "Object{spec: Object.spec{size: 100}}",
    ),
  ];
  const rule = {
    apiGroups: ["example.com"],
    apiVersions: ["v1"],
    operations: ["CREATE", "UPDATE"],
    resources: ["widgets"],
  };
  const metadata = { name: "widgets" };
  await widgets.world.admin.request({
    method: "POST",
    path: `${path}/mutatingadmissionpolicies`,
    body: {
      metadata,
      spec: {
        matchConstraints: { resourceRules: [rule] },
        failurePolicy: "Fail",
        reinvocationPolicy: "Never",
        mutations,
      },
    },
  });
  const spec = { policyName: "widgets" };
  await widgets.world.admin.request({
    method: "POST",
    path: `${path}/mutatingadmissionpolicybindings`,
    body: { metadata, spec },
  });
}

describe("a change that admission does not let through", () => {
  it("fails, with the value that is kept", async () => {
    await widgets.create(WIDGETS, "kept", { color: "red" });
    const action = { patch: { set: { "spec.color": "blue" } } };
    for (const rule of [{}, { verify: {} }, { guards: { mode: "dryRun" } }]) {
      expect(await widgets.act(WIDGETS, "kept", action, rule)).toMatchObject({
        phase: "Failed",
        reason: "NotStored",
        message: expect.stringContaining('stored spec.color "red", not "blue"'),
      });
    }
  });

  it("succeeds if admission chose another value, and the step says which", async () => {
    await widgets.create(WIDGETS, "clamped", { size: 1 });
    const action = { patch: { set: { "spec.size": 500 } } };
    expect(await widgets.act(WIDGETS, "clamped", action)).toMatchObject({
      phase: "Succeeded",
      steps: [{ state: "done", message: "the API server stored spec.size 100, not 500" }],
      message: expect.stringContaining("the API server stored spec.size 100, not 500"),
    });
  });
});

describe("other writes", () => {
  it("a scale, and a field of a built-in object that is spelt right, are done", async () => {
    await widgets.create(DEPLOYMENTS, "scaled", DEPLOYMENT);
    expect(await widgets.act(DEPLOYMENTS, "scaled", { scale: { replicas: 3 } })).toMatchObject({
      phase: "Succeeded",
    });
    const action = { patch: { set: { "spec.minReadySeconds": 5, "spec.paused": true } } };
    expect(await widgets.act(DEPLOYMENTS, "scaled", action)).toMatchObject({ phase: "Succeeded" });
    expect(readSpec(await widgets.read(DEPLOYMENTS, "scaled"))).toMatchObject({
      replicas: 3,
      minReadySeconds: 5,
      paused: true,
    });
  });

  it("values that the API server writes otherwise, or leaves out, are done", async () => {
    await widgets.create(DEPLOYMENTS, "spelling", { ...DEPLOYMENT, paused: true, replicas: 2 });
    const limits = { memory: "2048Mi", cpu: "0.5" };
    expect(await widgets.act(DEPLOYMENTS, "spelling", { setResources: { limits } })).toMatchObject({
      phase: "Succeeded",
    });
    const container = "spec.template.spec.containers[name=main]";
    const set = {
      "spec.paused": false,
      [`${container}.env`]: [{ name: "EMPTY", value: "" }],
      [`${container}.args`]: [],
    };
    const action = { patch: { set, remove: ["spec.replicas"] } };
    const status = await widgets.act(DEPLOYMENTS, "spelling", action);
    expect(status).toMatchObject({ phase: "Succeeded" });
  });

  it("of the whole spec fails, and no advice is given that would delete the object", async () => {
    await widgets.create(DEPLOYMENTS, "whole", DEPLOYMENT);
    const status = await widgets.act(DEPLOYMENTS, "whole", {
      patch: { set: { spec: { replicas: 2 } } },
    });
    expect(status).toMatchObject({ phase: "Failed", reason: "Invalid" });
    expect(status.message).toContain("Required value");
    expect(status.message).not.toContain("delete and create it again");
  });
});
