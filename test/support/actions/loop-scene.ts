import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import { decide } from "../../../core/decide/decide.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import type { CatalogEntry } from "../../../core/references/catalog.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { toRequestEntry } from "../../../functions/normalize/to-request.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { createObject } from "../functions/many-targets.ts";
import {
  getRecord,
  startRemediationWorld,
  toDeps,
  type Json,
  type RemediationWorld,
} from "../functions/remediation-world.ts";

export const CONTAINERS: readonly Json[] = [{ name: "main", image: "registry.example/web:1" }];
const TEMPLATE = { metadata: { labels: { app: "web" } }, spec: { containers: CONTAINERS } };
export const DEPLOYMENT: Json = {
  selector: { matchLabels: { app: "web" } },
  template: TEMPLATE,
};

export function toRules(...rules: readonly Json[]): Pipeline {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "test" } };
  const parsed = parsePipeline({ ...head, rules });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

export function toEntry(resource: string): CatalogEntry {
  const entry = findResource(builtinCatalog(), resource);
  if (entry === undefined) throw new Error(resource);
  return entry;
}

function toWhole(resource: string, object: KubernetesObject): KubernetesObject {
  const { group, version, kind } = toEntry(resource);
  return { ...object, apiVersion: group === "" ? version : `${group}/${version}`, kind };
}

/** Starts an API server with what a Pod needs there; the stack stops it. */
export async function startLoopScene(
  stack: AsyncDisposableStack,
): Promise<{ readonly world: RemediationWorld; readonly scene: LoopScene }> {
  const world = await startRemediationWorld();
  stack.defer(() => world.stop());
  await createObject(world, "serviceaccounts", "default", { metadata: { name: "default" } });
  return { world, scene: new LoopScene(world) };
}

/** An API server without controllers, on which the rules of a test are carried out as the functions do. */
export class LoopScene {
  readonly #world: RemediationWorld;
  #runs = 0;

  constructor(world: RemediationWorld) {
    this.#world = world;
  }

  async create(resource: string, metadata: Json, spec: Json): Promise<KubernetesObject> {
    const entry = toEntry(resource);
    const path = toResourcePath({ ...entry, namespace: "default" });
    const body = { kind: entry.kind, metadata, spec };
    return toWhole(resource, await this.#world.admin.request({ method: "POST", path, body }));
  }

  async read(resource: string, name: string): Promise<KubernetesObject> {
    const path = toResourcePath({ ...toEntry(resource), namespace: "default", name });
    return toWhole(resource, await this.#world.admin.request({ method: "GET", path }));
  }

  /** The requests of normalize about a state of an object, one for each rule that matches. */
  toRequests(
    pipeline: Pipeline,
    resource: string,
    object: KubernetesObject,
  ): readonly RemediationRequest[] {
    const { message } = toChangeMessage(
      {
        cluster: { name: "test", uid: this.#world.clusterUid },
        watch: "w",
        pipeline: pipeline.digest,
        rules: {},
        resource: toEntry(resource),
      },
      {
        change: "modified",
        object,
        resourceVersion: String(object.metadata["resourceVersion"]),
        epoch: 1,
        time: new Date().toISOString(),
      },
    );
    const references = findReferences(object, builtinCatalog());
    return decide({ rules: pipeline.rules, message, references }).flatMap((decision) => {
      const { rule, recordName, onceKey } = decision;
      if (recordName === undefined || onceKey === undefined) return [];
      const entry = toRequestEntry(
        { rule, recordName, onceKey },
        {
          message,
          references,
          isSigned: true,
          pipelineDigest: pipeline.digest,
          now: message.time,
        },
      );
      return [JSON.parse(entry.body) as RemediationRequest];
    });
  }

  /** Processes a request, and returns the reason with which its record ended. */
  async deliver(
    pipeline: Pipeline,
    request: RemediationRequest,
    isSigned = true,
  ): Promise<string | undefined> {
    this.#runs += 1;
    await processMessage(
      JSON.stringify(request),
      toDeps(this.#world, { client: this.#world.admin, pipeline }),
      {
        holder: `test/${this.#runs}`,
        deadlineMs: Date.now() + 30_000,
        signal: new AbortController().signal,
        isSigned,
      },
    );
    return (await getRecord(this.#world, request.data.record))?.status?.reason;
  }

  /** Delivers the requests of normalize about each state of an object, until no remediation changes it any more. */
  async follow(
    pipeline: Pipeline,
    resource: string,
    name: string,
    isSigned = true,
  ): Promise<readonly string[]> {
    const ends: string[] = [];
    let version: unknown;
    while (ends.length < 20) {
      const object = await this.read(resource, name);
      if (object.metadata["resourceVersion"] === version) return ends;
      version = object.metadata["resourceVersion"];
      for (const request of this.toRequests(pipeline, resource, object)) {
        ends.push(`${request.data.rule.id}: ${await this.deliver(pipeline, request, isSigned)}`);
      }
    }
    return ends;
  }
}
