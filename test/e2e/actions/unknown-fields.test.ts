/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { Json } from "../../support/functions/remediation-world.ts";
import {
  DEPLOYMENT,
  DEPLOYMENTS,
  readSpec,
  startWidgetWorld,
  WIDGETS,
  type WidgetWorld,
} from "../../support/actions/widget-world.ts";

let widgets: WidgetWorld;

beforeAll(async () => {
  widgets = await startWidgetWorld();
});

afterAll(async () => {
  await widgets?.world.stop();
});

const ALERT = { alert: { to: "team", summary: "'asked'" } };

describe("a field that the object does not have", () => {
  it.each<readonly [string, string, Json, Json, string]>([
    [
      "patch of a Deployment",
      DEPLOYMENTS,
      { patch: { set: { "spec.minReadySecond": 5 } } },
      DEPLOYMENT,
      "spec.minReadySecond",
    ],
    [
      "patch of a container",
      DEPLOYMENTS,
      { patch: { set: { "spec.template.spec.containers[name=main].imge": "x" } } },
      DEPLOYMENT,
      "spec.template.spec.containers[0].imge",
    ],
    [
      "patch of a custom resource",
      WIDGETS,
      { patch: { set: { "spec.sice": 5 } } },
      { size: 1 },
      "spec.sice",
    ],
    [
      "patch deep in a value of a custom resource",
      WIDGETS,
      { patch: { set: { "spec.template": { spec: { sice: 5 } } } } },
      { size: 1 },
      "spec.template.spec.sice",
    ],
  ])(
    "%s: is refused by name, and nothing is changed",
    async (what, resource, action, spec, field) => {
      const name = what.toLowerCase().replaceAll(" ", "-");
      await widgets.create(resource, name, spec);
      const before = await widgets.read(resource, name);
      for (const rule of [{}, { verify: {} }, { guards: { mode: "dryRun" } }]) {
        expect(await widgets.act(resource, name, action, rule)).toMatchObject({
          phase: "Failed",
          reason: "UnknownField",
          message: expect.stringContaining(`has no field ${field}, `),
        });
      }
      const approval = { guards: { mode: "approval" }, then: [action, ALERT] };
      expect(await widgets.act(resource, name, action, approval)).toMatchObject({
        reason: "UnknownField",
      });
      expect(await widgets.read(resource, name)).toEqual(before);
    },
  );

  it("is accepted where the schema says that any field may be there", async () => {
    await widgets.create(WIDGETS, "free", { free: { a: 1 } });
    const status = await widgets.act(WIDGETS, "free", {
      patch: { set: { "spec.free.sice": { b: [] } } },
    });
    expect(status).toMatchObject({ phase: "Succeeded", reason: "Remediated" });
    expect(readSpec(await widgets.read(WIDGETS, "free"))["free"]).toEqual({
      a: 1,
      sice: { b: [] },
    });
  });

  it("is not held against the rule if only Kubemend's own annotations have no place in a template", async () => {
    await widgets.create(WIDGETS, "template", { template: { spec: { size: 1 } } });
    const action = { patch: { set: { "spec.template.spec.size": 5 } } };
    expect(await widgets.act(WIDGETS, "template", action)).toMatchObject({ phase: "Succeeded" });
    expect(readSpec(await widgets.read(WIDGETS, "template"))["template"]).toEqual({
      spec: { size: 5 },
    });
  });
});

it("a write that is asked for strictly is refused by the API server itself", async () => {
  const entry = await widgets.toEntry(WIDGETS);
  const failure = widgets.world.admin.request({
    method: "POST",
    path: toResourcePath({ ...entry, namespace: "default" }),
    query: { fieldValidation: "Strict" },
    body: {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "strict" },
      spec: { sice: 1 },
    },
  });
  await expect(failure).rejects.toSatisfy((error) => isKubemendError(error, "UnknownField"));
});
