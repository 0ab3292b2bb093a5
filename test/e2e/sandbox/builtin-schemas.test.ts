import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { SHORT_NAMES } from "../../../core/pipeline/advice/short-names.ts";
import { supportedFieldsOf } from "../../../core/pipeline/check/parameters/field-selectors.ts";
import { findUnwatchable } from "../../../core/pipeline/unwatchable.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import data from "../../../core/schemas/data/kubernetes-1.36.json" with { type: "json" };
import { installCrd } from "../../../sandbox/access/install-crd.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";
import { readBuiltinSchemas } from "../../../sandbox/schemas/read-builtin-schemas.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

/** Conditions without times, a number that may be whole, and a selectable field. */
const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: workflows.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: workflows, singular: workflow, kind: Workflow }
  versions:
    - name: v1
      served: true
      storage: true
      selectableFields: [ { jsonPath: .spec.color } ]
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { ratio: { type: number }, color: { type: string } } }
            status:
              type: object
              properties:
                conditions: { type: array, items: { type: object, properties: { type: { type: string }, status: { type: string } } } }
`;

const folder = temporaryFolder();
let controlPlane: ControlPlane;
let client: KubernetesClient;

beforeAll(async () => {
  controlPlane = await startControlPlane({
    dataDir: join(folder.path, "control-plane"),
    binaries: await ensureBinaries({}),
    apiOnly: true,
  });
  client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
});

afterAll(async () => {
  await client?.close();
  await controlPlane?.stop();
  folder[Symbol.dispose]();
});

test("the types that ship are those that the API server publishes", async () => {
  expect(await readBuiltinSchemas(client, controlPlane.version)).toEqual(data);
});

// Events are served by two groups, and the core one comes first.
test("the short names that messages know are those that the API server serves", async () => {
  const groups = await client.request<{ groups: { versions: { groupVersion: string }[] }[] }>({
    method: "GET",
    path: "/apis",
  });
  const paths = groups.groups.flatMap(({ versions }) =>
    versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
  );
  const served: Record<string, string> = {};
  for (const path of ["/api/v1", ...paths]) {
    type Listed = { resources: { name: string; shortNames?: string[] }[] };
    const { resources } = await client.request<Listed>({ method: "GET", path });
    const group = path.startsWith("/apis/") ? path.split("/")[2] : undefined;
    for (const { name, shortNames = [] } of resources) {
      for (const short of shortNames)
        served[short] ??= group === undefined ? name : `${name}.${group}`;
    }
  }
  expect(served).toEqual(SHORT_NAMES);
});

/** Whether the API server lists a built-in resource by a field selector. */
async function isSelectable(resource: string, field: string): Promise<boolean> {
  const entry = findResource(builtinCatalog(), resource);
  if (entry === undefined) throw new Error(`${resource} is not built in`);
  const root = entry.group === "" ? "/api" : `/apis/${entry.group}`;
  const path = `${root}/${entry.version}/${entry.resource}`;
  try {
    await client.request({
      method: "GET",
      path,
      query: { fieldSelector: `${field}=1`, limit: "1" },
    });
    return true;
  } catch (error) {
    if (isKubemendError(error) && error.status === 400) return false;
    throw error;
  }
}

test("every field that may select a built-in resource does, and others do not", async () => {
  const resources = new Set(builtinCatalog().entries.map(toResourceName));
  const wrong: string[] = [];
  for (const resource of resources) {
    if (findUnwatchable(resource) !== undefined) continue;
    for (const field of supportedFieldsOf(resource) ?? []) {
      if (!(await isSelectable(resource, field))) wrong.push(`${resource} is not by ${field}`);
    }
    if (await isSelectable(resource, "spec.nothing")) wrong.push(`${resource} by anything`);
  }
  expect(wrong).toEqual([]);
});

describe("with a cluster, validate", () => {
  beforeAll(async () => {
    writeFileSync(join(folder.path, "crd.yaml"), CRD);
    await installCrd(client, join(folder.path, "crd.yaml"));
    // The API server publishes the schemas of custom resources some time after it serves them.
    for (;;) {
      const index = await client.request({ method: "GET", path: "/openapi/v3" });
      if (JSON.stringify(index).includes("apis/example.com/v1")) break;
      await sleep(200);
    }
  });

  /** The output of validate for a rule, and its exit code. */
  async function validate(rule: string): Promise<string> {
    const file = join(folder.path, "pipeline.yaml");
    const head = "apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: c }\n";
    const then = `then: [ { alert: { to: x, summary: "'x'" } } ]`;
    writeFileSync(file, `${head}rules:\n  - { id: a, ${rule}, ${then} }\n`);
    const args = ["validate", file, "--kubeconfig", controlPlane.kubeconfig];
    const { code, stdout, stderr } = await kubemend(args).ended;
    return `${code} ${stdout}${stderr}`;
  }

  test.each([
    [
      "a field that does not select the custom resource",
      "on: { resource: workflows.example.com, fieldSelector: spec.colour=red }, once: object",
      /^1 .*selects workflows\.example\.com by spec\.colour\n\s+did you mean spec\.color\?/,
    ],
    [
      "a misspelt custom resource",
      "on: { resource: workflow.example.com }, once: object",
      /^1 .*does not serve workflow\.example\.com\n\s+did you mean workflows\.example\.com\?/,
    ],
    [
      "conditions without times",
      "on: { resource: workflows.example.com }, once: { condition: Completed }",
      /^1 .*needs the lastTransitionTime of status\.conditions/,
    ],
    [
      "conditions without times, for an episode that is derived",
      `on: { resource: workflows.example.com }, where: 'object.status.conditions.exists(c, c.type == "Completed")'`,
      /^1 .*needs the lastTransitionTime of status\.conditions/,
    ],
  ])("refuses %s", async (_, rule, expected) => {
    expect(await validate(rule)).toMatch(expected);
  });

  test("accepts a selectable field, and a number times a double", async () => {
    const on = "on: { resource: workflows.example.com, fieldSelector: spec.color=red }";
    const rule = `${on}, where: object.spec.ratio * 100.0 > 50.0, once: object`;
    expect(await validate(rule)).toMatch(/^0 .*Types: checked against/s);
  });
});
