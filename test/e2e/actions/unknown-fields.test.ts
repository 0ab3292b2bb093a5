/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RecordStatus } from "../../../events/remediation.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { toManualRequest } from "../../../cli/trigger/to-manual-request.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import {
  getRecord,
  startRemediationWorld,
  toDeps,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

let world: RemediationWorld;

/** Of the template only `spec` has fields; of `free` nothing is known. */
const WIDGET_SCHEMA = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        size: { type: "integer" },
        color: { type: "string" },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        template: {
          type: "object",
          properties: {
            metadata: { type: "object" },
            spec: { type: "object", properties: { size: { type: "integer" } } },
          },
        },
      },
    },
  },
};

beforeAll(async () => {
  world = await startRemediationWorld();
  await world.admin.request({
    method: "POST",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    body: {
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        names: { plural: "widgets", singular: "widget", kind: "Widget" },
        scope: "Namespaced",
        versions: [
          { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: WIDGET_SCHEMA } },
        ],
      },
    },
  });
  await installPolicy();
  await untilServed(() => create("widgets.example.com", "first", { size: 1 }));
  await untilServed(async () => {
    const made = await create("widgets.example.com", `pinned-${Date.now()}`, { color: "blue" });
    if (readSpec(made)["color"] !== "red") throw new Error("the policy does not act yet");
    return made;
  });
});

afterAll(async () => {
  await world?.stop();
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
  await world.admin.request({
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
  await world.admin.request({
    method: "POST",
    path: `${path}/mutatingadmissionpolicybindings`,
    body: { metadata, spec },
  });
}

async function untilServed(make: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await make();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}

async function toEntry(resource: string) {
  const discovery = createDiscovery({ client: world.admin, now: () => performance.now() });
  const entry = findResource(await discovery.refresh(), resource);
  if (entry === undefined) throw new Error(`${resource} is not served`);
  return entry;
}

async function create(resource: string, name: string, spec: Json): Promise<KubernetesObject> {
  const entry = await toEntry(resource);
  const { group, version, kind } = entry;
  const body = { apiVersion: `${group}/${version}`, kind, metadata: { name }, spec };
  const path = toResourcePath({ ...entry, namespace: "default" });
  return world.admin.request({ method: "POST", path, body });
}

async function read(resource: string, name: string): Promise<KubernetesObject> {
  const path = toResourcePath({ ...(await toEntry(resource)), namespace: "default", name });
  return world.admin.request({ method: "GET", path });
}

const readSpec = (object: KubernetesObject): Json => object["spec"] as Json;

let runs = 0;

/** How a rule with this action ends for an object. */
async function act(
  resource: string,
  name: string,
  action: Json,
  rule: Json = {},
): Promise<RecordStatus> {
  runs += 1;
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: `rule-${runs}`, on: { resource }, once: "object", then: [action], ...rule }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const pipeline = parsed.value;
  const [first] = pipeline.rules;
  if (first === undefined) throw new Error("no rule");
  const { entry, recordName } = toManualRequest({
    pipeline,
    rule: first,
    clusterUid: world.clusterUid,
    resource: await toEntry(resource),
    object: await read(resource, name),
    references: [],
    user: "somebody",
    now: new Date().toISOString(),
  });
  const deps = toDeps(world, { client: world.admin, pipeline });
  await processMessage(entry.body, deps, {
    holder: `test/${runs}`,
    deadlineMs: Date.now() + 30_000,
    signal: new AbortController().signal,
    isSigned: true,
  });
  const record = await getRecord(world, recordName);
  if (record?.status === undefined) throw new Error("no record");
  return record.status;
}

const DEPLOYMENTS = "deployments.apps";
const WIDGETS = "widgets.example.com";
const DEPLOYMENT = {
  replicas: 1,
  selector: { matchLabels: { app: "web" } },
  template: {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ name: "main", image: "registry.example/web:1" }] },
  },
};

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
      await create(resource, name, spec);
      const before = await read(resource, name);
      for (const rule of [{}, { verify: {} }, { guards: { mode: "dryRun" } }]) {
        expect(await act(resource, name, action, rule)).toMatchObject({
          phase: "Failed",
          reason: "UnknownField",
          message: expect.stringContaining(`has no field ${field}, `),
        });
      }
      const approval = { guards: { mode: "approval" }, then: [action, ALERT] };
      expect(await act(resource, name, action, approval)).toMatchObject({ reason: "UnknownField" });
      expect(await read(resource, name)).toEqual(before);
    },
  );

  it("is accepted where the schema says that any field may be there", async () => {
    await create(WIDGETS, "free", { free: { a: 1 } });
    const status = await act(WIDGETS, "free", { patch: { set: { "spec.free.sice": { b: [] } } } });
    expect(status).toMatchObject({ phase: "Succeeded", reason: "Remediated" });
    expect(readSpec(await read(WIDGETS, "free"))["free"]).toEqual({ a: 1, sice: { b: [] } });
  });

  it("is not held against the rule if only Kubemend's own annotations have no place in a template", async () => {
    await create(WIDGETS, "template", { template: { spec: { size: 1 } } });
    const action = { patch: { set: { "spec.template.spec.size": 5 } } };
    expect(await act(WIDGETS, "template", action)).toMatchObject({ phase: "Succeeded" });
    expect(readSpec(await read(WIDGETS, "template"))["template"]).toEqual({ spec: { size: 5 } });
  });
});

const ALERT = { alert: { to: "team", summary: "'asked'" } };

describe("a change that admission does not let through", () => {
  it("fails, with the value that is kept", async () => {
    await create(WIDGETS, "kept", { color: "red" });
    const action = { patch: { set: { "spec.color": "blue" } } };
    for (const rule of [{}, { verify: {} }, { guards: { mode: "dryRun" } }]) {
      expect(await act(WIDGETS, "kept", action, rule)).toMatchObject({
        phase: "Failed",
        reason: "NotStored",
        message: expect.stringContaining('stored spec.color "red", not "blue"'),
      });
    }
  });

  it("succeeds if admission chose another value, and the step says which", async () => {
    await create(WIDGETS, "clamped", { size: 1 });
    const action = { patch: { set: { "spec.size": 500 } } };
    expect(await act(WIDGETS, "clamped", action)).toMatchObject({
      phase: "Succeeded",
      steps: [{ state: "done", message: "the API server stored spec.size 100, not 500" }],
      message: expect.stringContaining("the API server stored spec.size 100, not 500"),
    });
  });
});

describe("other writes", () => {
  it("a scale, and a field of a built-in object that is spelt right, are done", async () => {
    await create(DEPLOYMENTS, "scaled", DEPLOYMENT);
    expect(await act(DEPLOYMENTS, "scaled", { scale: { replicas: 3 } })).toMatchObject({
      phase: "Succeeded",
    });
    const action = { patch: { set: { "spec.minReadySeconds": 5, "spec.paused": true } } };
    expect(await act(DEPLOYMENTS, "scaled", action)).toMatchObject({ phase: "Succeeded" });
    expect(readSpec(await read(DEPLOYMENTS, "scaled"))).toMatchObject({
      replicas: 3,
      minReadySeconds: 5,
      paused: true,
    });
  });

  it("values that the API server writes otherwise, or leaves out, are done", async () => {
    await create(DEPLOYMENTS, "spelling", { ...DEPLOYMENT, paused: true, replicas: 2 });
    const limits = { memory: "2048Mi", cpu: "0.5" };
    expect(await act(DEPLOYMENTS, "spelling", { setResources: { limits } })).toMatchObject({
      phase: "Succeeded",
    });
    const container = "spec.template.spec.containers[name=main]";
    const set = {
      "spec.paused": false,
      [`${container}.env`]: [{ name: "EMPTY", value: "" }],
      [`${container}.args`]: [],
    };
    const action = { patch: { set, remove: ["spec.replicas"] } };
    const status = await act(DEPLOYMENTS, "spelling", action);
    expect(status).toMatchObject({ phase: "Succeeded" });
  });

  it("of the whole spec fails, and no advice is given that would delete the object", async () => {
    await create(DEPLOYMENTS, "whole", DEPLOYMENT);
    const status = await act(DEPLOYMENTS, "whole", { patch: { set: { spec: { replicas: 2 } } } });
    expect(status).toMatchObject({ phase: "Failed", reason: "Invalid" });
    expect(status.message).toContain("Required value");
    expect(status.message).not.toContain("delete and create it again");
  });
});

it("a write that is asked for strictly is refused by the API server itself", async () => {
  const entry = await toEntry(WIDGETS);
  const failure = world.admin.request({
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
