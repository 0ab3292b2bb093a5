import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { runSimulate } from "./run-simulate.ts";

const PIPELINE = `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: prod }
rules:
  - id: dump
    on: { resource: pods, namespaces: [shop], labelSelector: app=web }
    where: object.status.phase == "Failed"
    then: [ { deleteObject: {} } ]
  - id: reload
    on: { resource: configmaps, changed: { fields: [data], unknown: skip } }
    then: [ { restartRollout: { targets: { referrers: [deployments.apps], atMost: 5 } } } ]
  - id: elsewhere
    on: { resource: nodes }
    where: object.spec.unschedulable
    once: object
    then: [ { uncordon: {} } ]
`;

const toPod = (name: string, app: string, phase: string): string => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { app: ${app} } }
status: { phase: ${phase} }
`;
const PODS = [toPod("web-1", "web", "Failed"), toPod("db-1", "db", "Failed")].join("---\n");
const CONFIGURED = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { a: b }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop, generation: 1 }
spec: { replicas: 1, template: { spec: { containers: [ { name: a, envFrom: [ { configMapRef: { name: settings } } ] } ] } } }
`;

let folder: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(() => {
  folder[Symbol.dispose]();
});

function write(name: string, text: string): string {
  const file = join(folder.path, name);
  writeFileSync(file, text);
  return file;
}

const run = (...flags: readonly string[]) =>
  runSimulate("--config", write("p.yaml", PIPELINE), ...flags);

describe("objects instead of a recording", () => {
  test("each is taken to have been modified, and is decided on by the rules that watch it", async () => {
    const { out, exitCode } = await run(write("pods.yaml", PODS));
    expect(out).toContain("pods shop/web-1 modified");
    expect(out).toMatch(/dump matched: where is true/);
    expect(out).toContain("would delete Pod shop/web-1");
    expect(out).toMatch(/pods shop\/db-1 modified .*\n {2}unbound: /);
    expect(exitCode).toBe(0);
  });

  test("a list in JSON is the same", async () => {
    const pod = { metadata: { name: "web-1", namespace: "shop", labels: { app: "web" } } };
    const items = [{ ...pod, status: { phase: "Failed" } }];
    const list = { apiVersion: "v1", kind: "PodList", items };
    const pretty = await run(write("pretty.json", JSON.stringify(list, undefined, 4)));
    const line = await run(write("line.json", JSON.stringify(list)));
    expect(pretty.out).toContain("would delete Pod shop/web-1");
    expect(line.out).toContain("would delete Pod shop/web-1");
  });

  test("fields that rules compare have changed, and actions see the other objects", async () => {
    const { out } = await run(write("configured.yaml", CONFIGURED));
    expect(out).toMatch(/reload matched/);
    expect(out).toContain("would change 1 Deployment: shop/web");
  });

  test("an option that may be repeated does not take the input", async () => {
    const { out } = await run("--objects", write("o.yaml", CONFIGURED), write("pods.yaml", PODS));
    expect(out).toContain("would delete Pod shop/web-1");
  });

  test("an unknown kind says which options name its resource", async () => {
    const file = write(
      "w.yaml",
      "apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: a }\n",
    );
    await expect(run(file)).rejects.toThrow(/the resource of example\.com\/v1 Widget is not known/);
  });

  test("the summary has the rules that saw a change", async () => {
    const { out } = await run(write("pods.yaml", PODS));
    expect(out).toMatch(/ {2}dump: matched 1 /);
    expect(out).not.toMatch(/ {2}elsewhere: matched 0/);
    expect(out).toMatch(/no change was recorded for elsewhere/);
  });

  test("one that no rule selects says so for its own resource, without the key of a watch that is none", async () => {
    const secret = "apiVersion: v1\nkind: Secret\nmetadata: { name: s, namespace: shop }\n";
    const { out } = await run(write("mixed.yaml", `${secret}---\n${PODS}---\n${CONFIGURED}`));
    expect(out).toMatch(/secrets shop\/s .*\n {2}unbound: no rule is on secrets\n/);
    expect(out).toMatch(
      /pods shop\/db-1 .*\n {2}unbound: no rule selects it: dump on pods in namespace shop, labels app=web /,
    );
    expect(out).toMatch(
      /deployments\.apps shop\/web .*\n {2}unbound: no rule is on deployments\.apps\n/,
    );
    expect(out).toContain("  unbound: 1 change: no rule is on secrets\n");
  });

  test("those of one name in two namespaces are two, although they were written without a uid", async () => {
    const onNode = (namespace: string): string => `apiVersion: v1
kind: Pod
metadata: { name: web-0, namespace: ${namespace}, ownerReferences: [ { apiVersion: apps/v1, kind: StatefulSet, name: web, uid: u, controller: true } ] }
spec: { nodeName: worker-1, containers: [] }
`;
    const node = "apiVersion: v1\nkind: Node\nmetadata: { name: worker-1 }\nspec: {}\n";
    const pipeline = `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: prod }
rules:
  - { id: drain, on: { resource: nodes }, once: object, then: [ { drain: {} } ], reach: cluster, whereTarget: object.kind == "Node" }
  - { id: tell, on: { resource: pods }, once: object, then: [ { label: { set: { a: b } } } ] }
`;
    const objects = [node, onNode("a"), onNode("b")].join("---\n");
    const flags = ["--config", write("drain.yaml", pipeline), write("node.yaml", objects)];
    const { out } = await runSimulate(...flags);
    expect(out).toContain("would evict 2 Pods: a/web-0, b/web-0");
    expect(out).toContain("tell: matched 2 (2 episodes)");
  });

  test("one that was written by hand is of its first generation", async () => {
    const pipeline = `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: prod }
rules:
  - { id: mark, on: { resource: deployments.apps }, once: generation, then: [ { label: { set: { a: b } } } ] }
`;
    const deployment = CONFIGURED.split("---\n")[1]?.replace(", generation: 1", "") ?? "";
    const flags = ["--config", write("g.yaml", pipeline), write("d.yaml", deployment)];
    const { out } = await runSimulate(...flags);
    expect(out).toContain("once generation/1");
  });
});
