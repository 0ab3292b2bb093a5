import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { plan, thenDo, toPipeline, WEB } from "./decide/plan-rule.ts";
import { runSimulate } from "./run-simulate.ts";

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const REPLICAS = { "f:spec": { "f:replicas": {} } };
const SINCE = "2026-03-01T10:00:00Z";
const EXAMPLE = "docs/examples/16-fail-over.yaml";

function write(name: string, object: object): string {
  const path = join(folder.path, name);
  // JSON is YAML, too.
  writeFileSync(path, JSON.stringify(object));
  return path;
}

const HERE = write("here.yaml", {
  ...WEB,
  spec: { replicas: 2 },
  status: { conditions: [{ type: "Available", status: "False", lastTransitionTime: SINCE }] },
});

/** The example's failover to a copy that is managed so. */
async function failOver(name: string, entry: object, metadata: object = {}): Promise<string> {
  const managedFields = [{ operation: "Apply", fieldsV1: REPLICAS, ...entry }];
  const there = { ...WEB, metadata: { ...WEB.metadata, ...metadata, managedFields } };
  const file = write(name, { ...there, spec: { replicas: 0 } });
  const flags = ["--config", EXAMPLE, "--objects-in", `backup-eu=${file}`, HERE];
  return (await runSimulate(...flags)).out;
}

describe("who manages a field of an object that the user has named", () => {
  it("lets an action on it be refused", async () => {
    const managedFields = [
      { manager: "argocd-controller", operation: "Update", fieldsV1: REPLICAS },
    ];
    const named = { ...WEB, metadata: { ...WEB.metadata, managedFields } };
    const { refusal } = await plan(toPipeline(thenDo({ scale: { replicas: 3 } })), [named]);
    expect(refusal).toMatchObject({ code: "ManagedField" });
    const free = { ...named, metadata: { ...named.metadata, managedFields: [] } };
    const planned = await plan(toPipeline(thenDo({ scale: { replicas: 3 } })), [free]);
    expect(planned).toMatchObject({ refusal: undefined, steps: [{ type: "patch" }] });
  });

  it("counts in another cluster, too", async () => {
    const out = await failOver("argo.yaml", { manager: "argocd-controller" });
    expect(out).toMatch(
      /spec\.replicas of Deployment shop\/web in cluster backup-eu is managed by/,
    );
  });

  it("is the mirror of a copy, unless that only reports drift", async () => {
    const labels = { "kubemend.dev/mirrored-by": "mirror-shop" };
    const repaired = await failOver("copy.yaml", { manager: "kubemend" }, { labels });
    expect(repaired).toMatch(/is managed by the mirror mirror-shop \(without drift: report\)/);
    const annotations = { "kubemend.dev/drift": "report" };
    const kept = await failOver("kept.yaml", { manager: "kubemend" }, { labels, annotations });
    expect(kept).toMatch(
      /would change Deployment shop\/web in cluster backup-eu: spec\.replicas 0 -> 2/,
    );
  });
});

describe("a failover to a copy in another namespace", () => {
  const EXAMPLE_15 = "docs/examples/15-mirror.yaml";
  const CONDITION = { type: "Available", status: "False", lastTransitionTime: SINCE };

  async function simulate(config: string, copy: object, namespace = "shop"): Promise<string> {
    const metadata = { ...WEB.metadata, namespace, labels: { mirror: "yes" } };
    const status = { conditions: [CONDITION] };
    const here = write("mirrored.yaml", { ...WEB, metadata, spec: { replicas: 2 }, status });
    const marks = { "kubemend.dev/mirrored-by": "mirror-shop-deployments" };
    const place = { uid: "uid-of-copy", labels: marks, ...copy };
    const there = write("mapped.yaml", { ...WEB, metadata: place, spec: { replicas: 0 } });
    return (await runSimulate("--config", config, "--objects-in", `backup-eu=${there}`, here)).out;
  }

  it("finds it by its name, in the example", async () => {
    expect(await simulate(EXAMPLE_15, { name: "web", namespace: "shop-dr" })).toMatch(
      /would change 1 Deployment in cluster backup-eu: shop-dr\/web \(scale/,
    );
    expect(await simulate(EXAMPLE_15, { name: "another", namespace: "shop-dr" })).not.toMatch(
      /would change 1 Deployment/,
    );
  });

  it("finds it by the map of the mirror if that maps several namespaces, as docs/clusters.md says", async () => {
    const way = /`(?<namespace>namespace: \{ cel: .*?\})`, with `(?<reach>reach: .*?)`/;
    const written = way.exec(readFileSync("docs/clusters.md", "utf8"))?.groups;
    const text = readFileSync(EXAMPLE_15, "utf8")
      .replaceAll("namespaces: [shop]", "namespaces: [shop, stock]")
      .replaceAll("{ shop: shop-dr }", "{ shop: shop-dr, stock: stock-dr }")
      .replace("namespace: shop-dr", written?.["namespace"] ?? "")
      .replace("reach: [shop-dr]", written?.["reach"] ?? "");
    const config = join(folder.path, "several.yaml");
    writeFileSync(config, text);
    expect(await simulate(config, { name: "web", namespace: "stock-dr" }, "stock")).toMatch(
      /would change 1 Deployment in cluster backup-eu: stock-dr\/web \(scale/,
    );
    expect(await simulate(config, { name: "web", namespace: "shop-dr" }, "stock")).not.toMatch(
      /would change 1 Deployment/,
    );
  });
});
