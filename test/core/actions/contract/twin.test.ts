import { describe, expect, it } from "vitest";
import { findNamedCluster, toTwin } from "../../../../core/actions/contract/cluster.ts";
import { findSchema } from "../../../../core/actions/targets/register.ts";
import { findAction } from "../../../../core/actions/registry.ts";
import type { ReadOperation } from "../../../../core/operations/operation.ts";
import type { CatalogEntry } from "../../../../core/references/catalog.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import * as v from "valibot";
import { toState } from "../state.ts";

const toEntry = (version: string, namespaced = true): CatalogEntry => ({
  group: "example.com",
  version,
  resource: "widgets",
  kind: "Widget",
  namespaced,
  preferred: true,
});

const toOther = (...entries: readonly CatalogEntry[]) => ({
  name: "backup",
  catalog: createCatalog([...builtinCatalog().entries, ...entries], "discovery"),
});

const WIDGET = {
  group: "example.com",
  version: "v1",
  resource: "widgets",
  kind: "Widget",
  namespace: "shop",
  name: "gear",
  uid: "here",
};

describe("toTwin", () => {
  it("is the object itself where no other cluster is named", () => {
    expect(toTwin(toState({}), WIDGET)).toEqual({ ok: true, value: WIDGET });
  });

  it("has the version that is served there, and not the uid of the object here", () => {
    const twin = toTwin(toState({}, { other: toOther(toEntry("v1beta1")) }), WIDGET);
    const { uid: _uid, ...address } = WIDGET;
    expect(twin).toEqual({
      ok: true,
      value: { ...address, version: "v1beta1", cluster: "backup" },
    });
  });

  it("is refused if the other cluster does not serve the resource", () => {
    expect(toTwin(toState({}, { other: toOther() }), WIDGET)).toMatchObject({
      error: {
        code: "NotServed",
        message: "the cluster backup does not serve widgets.example.com",
      },
    });
  });

  it("is in no namespace if its resource has none there", () => {
    const state = toState({}, { other: toOther(toEntry("v1", false)) });
    expect(toTwin(state, WIDGET)).toMatchObject({ value: { namespace: null } });
  });

  it("is refused if it would need a namespace that the object here does not have", () => {
    const state = toState({}, { other: toOther(toEntry("v1")) });
    expect(toTwin(state, { ...WIDGET, namespace: null })).toMatchObject({
      error: { code: "NamespaceMissing" },
    });
  });
});

describe("findNamedCluster", () => {
  it.each([
    ["scale", { target: { cluster: "backup" }, replicas: 1 }],
    ["scale", { target: { relation: "owner", cluster: "backup" }, replicas: 1 }],
    [
      "scale",
      { target: { resource: "deployments.apps", name: "a", cluster: "backup" }, replicas: 1 },
    ],
    [
      "restartRollout",
      { targets: { select: { resource: "deployments.apps" }, atMost: 1, cluster: "backup" } },
    ],
    ["createJobFromCronJob", { cronJob: { cluster: "backup" } }],
    ["createJobFromCronJob", { cronJob: { name: "a", cluster: "backup" } }],
  ])("finds the cluster of %s with %j, which the schema accepts", (name, parameters) => {
    const action = findAction(name);
    if (action === undefined) throw new Error(name);
    const parsed = v.parse(findSchema(action, parameters), parameters);
    expect(findNamedCluster(parsed)).toMatchObject({ name: "backup" });
  });

  it.each([
    undefined,
    null,
    1,
    "cluster",
    [],
    {},
    { target: "trigger" },
    { target: { cluster: 1 } },
  ])("finds none in %j", (parameters) => {
    expect(findNamedCluster(parameters)).toBeUndefined();
  });
});

/** The reads with which an action begins. */
function begin(name: string, parameters: object): readonly ReadOperation[] {
  const answer = findAction(name)?.next(toState<unknown>(parameters, { other: toOther() }));
  if (answer?.outcome !== "read") throw new Error(JSON.stringify(answer));
  return answer.reads;
}

describe("an action in another cluster", () => {
  it("resolves a reference here, and reads its twin there", () => {
    const target = { relation: "owner", kind: "CronJob", cluster: "backup" };
    expect(begin("suspend", { target })).toMatchObject([
      { target: { resource: "cronjobs", namespace: "data", name: "backup", cluster: "backup" } },
    ]);
  });

  it("reads an object that the rule names there", () => {
    const target = {
      resource: "deployments.apps",
      name: "web",
      namespace: "dr",
      cluster: "backup",
    };
    expect(begin("restartRollout", { target })).toMatchObject([
      { target: { namespace: "dr", name: "web", cluster: "backup" } },
    ]);
  });

  it("takes the CronJob that owns the trigger, unless the trigger is one", () => {
    expect(begin("createJobFromCronJob", { cronJob: { cluster: "backup" } })).toMatchObject([
      { target: { kind: "CronJob", name: "backup", cluster: "backup" } },
    ]);
  });
});
