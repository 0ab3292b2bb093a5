import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RecordStatus } from "../../../events/remediation.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { CatalogEntry } from "../../../core/references/catalog.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { toManualRequest } from "../../../cli/trigger/to-manual-request.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import {
  getRecord,
  startRemediationWorld,
  toDeps,
  type Json,
  type RemediationWorld,
} from "../functions/remediation-world.ts";

export const DEPLOYMENTS = "deployments.apps";
export const WIDGETS = "widgets.example.com";
export const DEPLOYMENT: Json = {
  replicas: 1,
  selector: { matchLabels: { app: "web" } },
  template: {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ name: "main", image: "registry.example/web:1" }] },
  },
};

/** A schema in which the template has no fields but those of its `spec`, and `free` has any. */
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

/** An API server that serves Widgets, and accepts the first of them. */
export async function startWidgetWorld(): Promise<WidgetWorld> {
  const world = await startRemediationWorld();
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
  const widgets = new WidgetWorld(world);
  await untilServed(() => widgets.create(WIDGETS, "first", { size: 1 }));
  return widgets;
}

/** Repeats a request until it succeeds: a definition or a policy has its effect only some time after it was created. */
export async function untilServed(make: () => Promise<unknown>): Promise<void> {
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

export const readSpec = (object: KubernetesObject): Json => object["spec"] as Json;

/** An API server on which a test creates Deployments and Widgets, and carries out rules for them. */
export class WidgetWorld {
  readonly world: RemediationWorld;
  #runs = 0;

  constructor(world: RemediationWorld) {
    this.world = world;
  }

  async toEntry(resource: string): Promise<CatalogEntry> {
    const discovery = createDiscovery({ client: this.world.admin, now: () => performance.now() });
    const entry = findResource(await discovery.refresh(), resource);
    if (entry === undefined) throw new Error(`${resource} is not served`);
    return entry;
  }

  async create(resource: string, name: string, spec: Json): Promise<KubernetesObject> {
    const entry = await this.toEntry(resource);
    const { group, version, kind } = entry;
    const body = { apiVersion: `${group}/${version}`, kind, metadata: { name }, spec };
    const path = toResourcePath({ ...entry, namespace: "default" });
    return this.world.admin.request({ method: "POST", path, body });
  }

  async read(resource: string, name: string): Promise<KubernetesObject> {
    const path = toResourcePath({ ...(await this.toEntry(resource)), namespace: "default", name });
    return this.world.admin.request({ method: "GET", path });
  }

  /** Carries out a rule with this action for an object, and returns the status of its record. */
  async act(resource: string, name: string, action: Json, rule: Json = {}): Promise<RecordStatus> {
    this.#runs += 1;
    const parsed = parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "test" },
      rules: [
        { id: `rule-${this.#runs}`, on: { resource }, once: "object", then: [action], ...rule },
      ],
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const pipeline = parsed.value;
    const [first] = pipeline.rules;
    if (first === undefined) throw new Error("no rule");
    const { entry, recordName } = toManualRequest({
      pipeline,
      rule: first,
      clusterUid: this.world.clusterUid,
      resource: await this.toEntry(resource),
      object: await this.read(resource, name),
      references: [],
      user: "somebody",
      now: new Date().toISOString(),
    });
    const deps = toDeps(this.world, { client: this.world.admin, pipeline });
    await processMessage(entry.body, deps, {
      holder: `test/${this.#runs}`,
      deadlineMs: Date.now() + 30_000,
      signal: new AbortController().signal,
      isSigned: true,
    });
    const record = await getRecord(this.world, recordName);
    if (record?.status === undefined) throw new Error("no record");
    return record.status;
  }
}
