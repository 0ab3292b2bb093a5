import { describe, expect, it } from "vitest";
import { builtinCatalog, builtinCatalogOf } from "../../../core/references/builtin.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planRelay, planServed } from "../../../relay/plan/planned-watch.ts";

const FLEETS = {
  group: "example.com",
  version: "v1",
  resource: "fleets",
  kind: "Fleet",
  namespaced: false,
  preferred: true,
};

const RECORDS = {
  group: "kubemend.dev",
  version: "v1alpha1",
  resource: "remediations",
  kind: "Remediation",
  namespaced: true,
  preferred: true,
};

function parse(document: object) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "c" },
    ...document,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const withFleets = (...resources: readonly (typeof FLEETS)[]) =>
  createCatalog([...builtinCatalog().entries, FLEETS, ...resources], "discovery");
const CATALOG = withFleets();

const plan = (...watch: readonly object[]) => planRelay(parse({ watch }), CATALOG, "cluster-uid");
const serve = (document: object, ...resources: readonly (typeof FLEETS)[]) =>
  planServed(parse(document), withFleets(...resources), "cluster-uid");
const planNow = (...resources: readonly string[]) =>
  serve({ watch: resources.map((resource) => ({ resource })) });

const byLabel = (labelSelector: string): object => ({ namespaces: { labelSelector } });

describe("the relay of a cluster", () => {
  const ALERT = [{ alert: { to: "ops", summary: "'x'" } }];
  const pipeline = parse({
    clusters: [
      { name: "eu", uid: "eeeeeeee-0000-4000-8000-00000000000e", access: { secret: "eu" } },
      { name: "us", uid: "bbbbbbbb-0000-4000-8000-00000000000b", access: { secret: "us" } },
    ],
    rules: [
      // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
      { id: "own", on: { resource: "pods" }, then: ALERT },
      // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
      { id: "eu", on: { resource: "jobs.batch", clusters: ["eu"] }, once: "object", then: ALERT },
    ],
  });
  const planFor = (uid: string) =>
    planServed(pipeline, CATALOG, uid).watches.map(({ name, origin }) => [name, origin.cluster]);

  it("watches what rules need of its cluster, under the cluster's name in the pipeline", () => {
    expect(planFor("eeeeeeee-0000-4000-8000-00000000000e")).toEqual([
      ["jobs.batch", { name: "eu", uid: "eeeeeeee-0000-4000-8000-00000000000e" }],
    ]);
    expect(planFor("any")).toEqual([["pods", { name: "c", uid: "any" }]]);
  });

  it("does not start in a cluster whose changes no rule takes", () => {
    expect(() => planFor("bbbbbbbb-0000-4000-8000-00000000000b")).toThrow(
      "the pipeline watches nothing in the cluster us: it has no watch entries, and no rule that takes its changes (on.clusters)",
    );
  });
});

describe("a watch that selects namespaces by label", () => {
  it("reads all namespaces, and has another selection than a watch of all namespaces", () => {
    const [selecting, all] = plan(
      { resource: "pods", ...byLabel("team in (data, ops)") },
      { resource: "pods" },
    );
    expect(selecting).toMatchObject({
      target: { namespace: null },
      namespaceSelector: [{ key: "team", operator: "in", values: ["data", "ops"] }],
      tracked: { byNamespace: true },
    });
    expect(all?.namespaceSelector).toBeUndefined();
    expect(selecting?.tracked.selection).not.toBe(all?.tracked.selection);
  });

  it("is refused for a cluster-scoped custom resource, which only the cluster knows", () => {
    expect(() => plan({ resource: "fleets.example.com", ...byLabel("team=data") })).toThrow(
      "fleets.example.com is cluster-scoped: take out its namespaces",
    );
  });
});

it("reads metadata if that is configured: another selection under the same key, shown in its messages", () => {
  const [metadata] = plan({ resource: "pods", payload: "metadata" });
  const [full] = plan({ resource: "pods" });
  expect(metadata).toMatchObject({
    key: full?.key,
    target: { projection: "metadata" },
    origin: { payload: "metadata" },
  });
  expect(metadata?.tracked.selection).not.toBe(full?.tracked.selection);
  expect(full?.origin.payload).toBeUndefined();
});

it("keeps the selection of a watch without namespace selectors unchanged, so that its checkpoint remains valid", () => {
  const [watch] = plan({ resource: "pods", namespaces: ["default"], labelSelector: "app=a" });
  expect(watch?.tracked.selection).toBe(
    '{"labelSelector":"app=a","namespace":"default","projection":"full","resource":{"group":"","kind":"Pod","namespaced":true,"resource":"pods","version":"v1"}}',
  );
});

describe("the watch on Kubemend's own records", () => {
  const rule = {
    id: "ask",
    on: { resource: "jobs.batch" },
    once: "object",
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ createJobFromCronJob: {} }, { alert: { to: "team", summary: "'asked'" } }],
  };
  const asking = { rules: [{ ...rule, guards: { mode: "approval" } }] };

  it("is planned for a rule that waits for a decision, for records of that mode only, on behalf of no rule", () => {
    const [, own, ...others] = serve(asking, RECORDS).watches;
    expect(own).toMatchObject({
      name: "remediations.kubemend.dev",
      target: { namespace: null, labelSelector: "kubemend.dev/mode=approval", projection: "full" },
      tracked: { initial: [] },
      origin: { rules: {} },
    });
    expect(others).toEqual([]);
  });

  it("is left out if no rule needs it", () => {
    expect(serve({ rules: [rule] }, RECORDS).watches).toHaveLength(1);
  });

  it("is absent while the cluster has no records", () => {
    const { watches, absent } = serve(asking);
    expect(watches).toHaveLength(1);
    expect(absent.map(({ name }) => name)).toEqual(["remediations.kubemend.dev"]);
  });

  it("is planned once if the pipeline watches the same itself", () => {
    const same = {
      resource: "remediations.kubemend.dev",
      labelSelector: "kubemend.dev/mode=approval",
    };
    expect(serve({ ...asking, watch: [same] }, RECORDS).watches).toHaveLength(2);
  });
});

describe("a resource that the cluster does not serve", () => {
  it("is absent if it may come later: a custom resource, with the name that was probably meant", () => {
    const { watches, absent } = planNow("pods", "widgets.example.com", "fleetz.example.com");
    expect(watches.map(({ name }) => name)).toEqual(["pods"]);
    expect(absent.map(({ name, meant }) => [name, meant])).toEqual([
      ["widgets.example.com", undefined],
      ["fleetz.example.com", "fleets.example.com"],
    ]);
  });

  it("is absent if another minor version of Kubernetes has it", () => {
    const older = builtinCatalogOf(33) ?? CATALOG;
    const pipeline = parse({ watch: [{ resource: "resourceclaims.resource.k8s.io" }] });
    expect(planServed(pipeline, older, "cluster-uid").absent).toHaveLength(1);
    expect(planServed(pipeline, CATALOG, "cluster-uid").absent).toHaveLength(0);
  });

  it("is refused by a command that watches only once, because there is nothing to wait for", () => {
    expect(() => plan({ resource: "widgets.example.com" })).toThrow(/serves no resource widgets/);
  });
});
