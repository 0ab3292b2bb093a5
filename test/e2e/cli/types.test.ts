import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { readTypes } from "../../../cli/validate/read-types.ts";
import type { FindType } from "../../../core/schemas/builtin-types.ts";
import { checkTypes } from "../../../core/cel/types/check-types.ts";
import { installCrd } from "../../../sandbox/access/install-crd.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const folder = temporaryFolder();
const RECORDS_CRD = join(findProjectRoot(), "infra", "crds", "remediations.yaml");
const RESOURCES = [
  "pods",
  "jobs.batch",
  "cronjobs.batch",
  "deployments.apps",
  "services",
  "secrets",
  "events.events.k8s.io",
  "ingresses.networking.k8s.io",
  "customresourcedefinitions.apiextensions.k8s.io",
  "remediations.kubemend.dev",
  "widgets.example.com",
];
const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: { type: integer }
                port: { x-kubernetes-int-or-string: true }
                free: { type: object, x-kubernetes-preserve-unknown-fields: true }
                tags: { type: object, additionalProperties: { type: string } }
`;

let controlPlane: ControlPlane;
let findType: FindType;

beforeAll(async () => {
  controlPlane = await startControlPlane({
    dataDir: join(folder.path, "control-plane"),
    binaries: await ensureBinaries({}),
    apiOnly: true,
  });
  const client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  writeFileSync(join(folder.path, "crd.yaml"), CRD);
  await installCrd(client, join(folder.path, "crd.yaml"));
  await installCrd(client, RECORDS_CRD);
  const arePublished = async (): Promise<boolean> => {
    const index = JSON.stringify(await client.request({ method: "GET", path: "/openapi/v3" }));
    return ["example.com/v1", "kubemend.dev/v1alpha1"].every((one) =>
      index.includes(`apis/${one}`),
    );
  };
  // The API server publishes the schemas of custom resources some time after it serves them.
  while (!(await arePublished())) await sleep(200);
  await client.close();
  const sources = { kubeconfig: controlPlane.kubeconfig };
  ({ findType } = await readTypes({ resources: RESOURCES }, sources, new AbortController().signal));
});

afterAll(async () => {
  await controlPlane?.stop();
  folder[Symbol.dispose]();
});

function check(resource: string, source: string): readonly string[] {
  const type = findType(resource);
  if (type === undefined) throw new Error(`${resource} has no type`);
  return checkTypes(source, type).faults.map(({ message, hint }) => `${message} (${hint ?? ""})`);
}

test.each([
  ["jobs.batch", 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")'],
  ["jobs.batch", "object.spec.backoffLimit > 3 && object.metadata.labels['team'] == 'data'"],
  ["jobs.batch", "object.metadata.ownerReferences.exists(o, o.controller && o.kind == 'CronJob')"],
  ["jobs.batch", "now - timestamp(object.status.startTime) > duration('10m')"],
  ["cronjobs.batch", "object.spec.jobTemplate.spec.template.spec.containers[0].image != 'x'"],
  ["pods", "object.spec.containers.exists(c, c.resources.limits['memory'] == '1Gi')"],
  ["pods", "object.status.containerStatuses.exists(s, s.restartCount > 5 && !s.ready)"],
  ["pods", "object.spec.containers.exists(c, c.livenessProbe.httpGet.port == 80)"],
  ["pods", "object.spec.containers.exists(c, c.livenessProbe.httpGet.port == 'http')"],
  ["pods", "object.metadata.annotations.exists(key, key.startsWith('x'))"],
  ["deployments.apps", "object.status.readyReplicas < object.spec.replicas"],
  ["deployments.apps", "object.spec.strategy.rollingUpdate.maxSurge == '25%'"],
  ["services", "object.spec.ports.exists(p, p.targetPort == 8080 || p.targetPort == 'web')"],
  ["secrets", "object.type == 'Opaque' && object.immutable"],
  ["events.events.k8s.io", "object.regarding.kind == 'Node' && object.reason == 'Rebooted'"],
  ["ingresses.networking.k8s.io", "object.spec.rules.exists(r, r.host.endsWith('.test'))"],
  [
    "customresourcedefinitions.apiextensions.k8s.io",
    "object.spec.versions.exists(v, v.schema.openAPIV3Schema.properties['spec'].default == 1)",
  ],
  ["remediations.kubemend.dev", "object.status.phase == 'Failed' && object.spec.mode == 'enforce'"],
  [
    "widgets.example.com",
    "object.spec.size > 1 && object.spec.port == 'http' && object.spec.port == 1",
  ],
  ["widgets.example.com", "object.spec.free.any.thing == 1 && object.spec.tags.a == 'b'"],
  ["widgets.example.com", "object.metadata.generation == 3 && object.metadata.name != ''"],
])("for %s, %s is valid by the API server's own schema", (resource, source) => {
  expect(check(resource, source)).toEqual([]);
});

test.each([
  [
    "jobs.batch",
    "object.status.condition.exists(c, true)",
    "JobStatus has no field condition (did you mean conditions?",
  ],
  [
    "jobs.batch",
    "object.spec.template.spec.container[0].image == ''",
    "PodSpec has no field container (did you mean containers?",
  ],
  ["jobs.batch", "object.status.failed == '3'", "== cannot be applied to a whole number and text"],
  ["pods", "object.status.phase == 1", "== cannot be applied to text and a whole number"],
  ["pods", "object.spec.containers.image == 'x'", "a list has no field image"],
  [
    "pods",
    "object.metadata.creationTimestamp < now",
    "< cannot be applied to text and a timestamp",
  ],
  [
    "deployments.apps",
    "object.spec.replica == 1",
    "DeploymentSpec has no field replica (did you mean replicas?",
  ],
  [
    "widgets.example.com",
    "object.spec.sice == 1",
    "Widget.spec has no field sice (did you mean size?",
  ],
  [
    "widgets.example.com",
    "object.spec.tags.a == 1",
    "== cannot be applied to text and a whole number",
  ],
  [
    "widgets.example.com",
    "object.metadata.nam == ''",
    "ObjectMeta has no field nam (did you mean name?",
  ],
])("for %s, %s is not valid", (resource, source, expected) => {
  expect(check(resource, source)).toEqual([expect.stringContaining(expected)]);
});

/** Writes a pipeline of one rule; returns its file. */
function write(resource: string, where: string): string {
  const file = join(folder.path, "pipeline.yaml");
  writeFileSync(
    file,
    `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: c }
rules:
  - id: a-rule
    on: { resource: ${resource} }
    where: ${where}
    once: object
    then: [{ alert: { to: x, summary: "'s'" } }]
`,
  );
  return file;
}

test("kubemend validate reports the place of a mistake, and what was probably meant, from a cluster or from a file", async () => {
  const file = write("widgets.example.com", "object.spec.sice > 1");
  const plain = await kubemend(["validate", file]).ended;
  expect(plain.code).toBe(0);
  expect(plain.stdout).toContain("Types: not checked");
  for (const source of [
    ["--kubeconfig", controlPlane.kubeconfig],
    ["--openapi", join(folder.path, "crd.yaml")],
  ]) {
    const { code, stderr } = await kubemend(["validate", file, ...source]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}:7:23 rules[0].where: CEL: Widget.spec has no field sice`);
    expect(stderr).toContain("did you mean size?");
    expect(stderr).toContain("1 issue.");
  }
});

test("kubemend validate reports whether a rule's types are known", async () => {
  const sources = ["--openapi", join(folder.path, "crd.yaml")];
  const known = await kubemend([
    "validate",
    write("widgets.example.com", "object.spec.size > 1"),
    ...sources,
  ]).ended;
  expect(known.stdout).toMatch(/Types: checked/);
  const unknown = await kubemend([
    "validate",
    write("gadgets.example.com", "object.spec.size > 1"),
    ...sources,
  ]).ended;
  expect(unknown.code).toBe(0);
  expect(unknown.stdout).toMatch(
    /Types: not checked, because the schema of gadgets\.example\.com is unknown/,
  );
  const absent = await kubemend([
    "validate",
    write("pods", "has(object.spec)"),
    "--openapi",
    "/nowhere.json",
  ]).ended;
  expect(absent.code).toBe(2);
  expect(absent.stderr).toContain("cannot read /nowhere.json");
});

test("the sandbox's own pipeline is valid by the API server's schemas", async () => {
  const file = join(findProjectRoot(), "sandbox", "pipeline.yaml");
  const run = kubemend(["validate", file, "--kubeconfig", controlPlane.kubeconfig]);
  const { code, stdout } = await run.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/\(once: \{ condition: Failed \}\)/);
  expect(stdout).toMatch(/May act on the object itself and in its namespace\./);
  expect(stdout).toMatch(/Types: checked/);
});
