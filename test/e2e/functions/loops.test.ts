/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import { decide } from "../../../core/decide/decide.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { toManualRequest } from "../../../cli/trigger/to-manual-request.ts";
import { toRequestEntry } from "../../../functions/normalize/to-request.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { createObject } from "../../support/functions/many-targets.ts";
import {
  CRON_JOBS,
  getRecord,
  JOBS,
  startRemediationWorld,
  toDeps,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

let world: RemediationWorld;

beforeAll(async () => {
  world = await startRemediationWorld();
  await createObject(world, "serviceaccounts", "default", { metadata: { name: "default" } });
});

afterAll(async () => {
  await world?.stop();
});

const CONTAINERS = [{ name: "main", image: "registry.example/web:1" }];
const TEMPLATE = { metadata: { labels: { app: "web" } }, spec: { containers: CONTAINERS } };
const DEPLOYMENT = {
  selector: { matchLabels: { app: "web" } },
  template: TEMPLATE,
};

function toRules(...rules: readonly Json[]): Pipeline {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "test" } };
  const parsed = parsePipeline({ ...head, rules });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function toEntry(resource: string) {
  const entry = findResource(builtinCatalog(), resource);
  if (entry === undefined) throw new Error(resource);
  return entry;
}

async function create(resource: string, metadata: Json, spec: Json): Promise<KubernetesObject> {
  const entry = toEntry(resource);
  const path = toResourcePath({ ...entry, namespace: "default" });
  const body = { kind: entry.kind, metadata, spec };
  return toWhole(resource, await world.admin.request({ method: "POST", path, body }));
}

async function read(resource: string, name: string): Promise<KubernetesObject> {
  const path = toResourcePath({ ...toEntry(resource), namespace: "default", name });
  return toWhole(resource, await world.admin.request({ method: "GET", path }));
}

function toWhole(resource: string, object: KubernetesObject): KubernetesObject {
  const { group, version, kind } = toEntry(resource);
  return { ...object, apiVersion: group === "" ? version : `${group}/${version}`, kind };
}

/** The requests of normalize about a state of an object, one for each rule that matches. */
function toRequests(
  pipeline: Pipeline,
  resource: string,
  object: KubernetesObject,
): readonly RemediationRequest[] {
  const { message } = toChangeMessage(
    {
      cluster: { name: "test", uid: world.clusterUid },
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

let runs = 0;

/** How the record of a request ended. */
async function deliver(
  pipeline: Pipeline,
  request: RemediationRequest,
  isSigned = true,
): Promise<string | undefined> {
  runs += 1;
  await processMessage(JSON.stringify(request), toDeps(world, { client: world.admin, pipeline }), {
    holder: `test/${runs}`,
    deadlineMs: Date.now() + 30_000,
    signal: new AbortController().signal,
    isSigned,
  });
  return (await getRecord(world, request.data.record))?.status?.reason;
}

/** Delivers what normalize asks for about each state of an object, until no remediation changes it any more. */
async function follow(
  pipeline: Pipeline,
  resource: string,
  name: string,
  isSigned = true,
): Promise<readonly string[]> {
  const ends: string[] = [];
  let version: unknown;
  while (ends.length < 20) {
    const object = await read(resource, name);
    if (object.metadata["resourceVersion"] === version) return ends;
    version = object.metadata["resourceVersion"];
    for (const request of toRequests(pipeline, resource, object)) {
      ends.push(`${request.data.rule.id}: ${await deliver(pipeline, request, isSigned)}`);
    }
  }
  return ends;
}

const labelRule = (id: string, where: string, labels: Json, once: unknown = "change"): Json => ({
  id,
  on: { resource: "deployments.apps" },
  where,
  once,
  then: [{ label: { set: labels } }],
});

describe.each([true, false])("loops (signed: %s)", (isSigned) => {
  const prefix = isSigned ? "signed" : "unsigned";

  it("two rules that undo each other are stopped at the third remediation", async () => {
    const side = (value: string): string => `object.metadata.labels.side == "${value}"`;
    const pipeline = toRules(
      labelRule("to-b", side("a"), { side: "b" }),
      labelRule("to-a", side("b"), { side: "a" }),
    );
    const name = `${prefix}-undone`;
    await create("deployments.apps", { name, labels: { side: "a" } }, DEPLOYMENT);
    expect(await follow(pipeline, "deployments.apps", name, isSigned)).toEqual([
      "to-b: Remediated",
      "to-a: Remediated",
      "to-b: Remediated",
      "to-a: LoopDepth",
    ]);
  });

  it("a rule that changes what triggers it is stopped, although others act between", async () => {
    const pipeline = toRules(
      {
        ...labelRule("count", "true", {}),
        then: [{ label: { set: { n: { cel: "object.metadata.resourceVersion" } } } }],
      },
      labelRule("other", '!("other" in object.metadata.labels)', { other: "x" }),
    );
    const name = `${prefix}-count`;
    await create("deployments.apps", { name, labels: { n: "0" } }, DEPLOYMENT);
    const ends = await follow(pipeline, "deployments.apps", name, isSigned);
    // Without a signature what the other rule did counts, too: the live object may have been changed because of it.
    expect(ends.filter((end) => end === "count: Remediated")).toHaveLength(isSigned ? 3 : 2);
    expect(ends.at(-1)).toBe("count: LoopDepth");
  });

  it("a chain over the owner of what triggers it is stopped at the third remediation", async () => {
    const name = `${prefix}-owner`;
    const template = { spec: { restartPolicy: "Never", containers: CONTAINERS } };
    const cronJob = { schedule: "0 3 1 1 *", jobTemplate: { spec: { template } } };
    await world.admin.request({
      method: "POST",
      path: CRON_JOBS,
      body: { metadata: { name }, spec: cronJob },
    });
    const pipeline = toRules({
      id: "rerun",
      on: { resource: "pods" },
      once: "object",
      then: [{ createJobFromCronJob: { cronJob: { name } } }],
    });
    const ends: unknown[] = [];
    let ownerReferences: readonly Json[] = [];
    for (let at = 1; at <= 4; at += 1) {
      // No controller runs: the Pod of the Job that was made is created here.
      const metadata = { name: `${name}-${at}`, ownerReferences };
      const pod = await create("pods", metadata, { containers: CONTAINERS });
      const [request] = toRequests(pipeline, "pods", pod);
      if (request === undefined) throw new Error("no match");
      ends.push(await deliver(pipeline, request, isSigned));
      const job = await findJob(request.data.record);
      if (job === undefined) break;
      const { name: made, uid } = job.metadata;
      const owner = { apiVersion: "batch/v1", kind: "Job", name: made, uid, controller: true };
      ownerReferences = [owner];
    }
    expect(ends).toEqual(["Remediated", "Remediated", "Remediated", "LoopDepth"]);
  });

  it("six rules that act on one change of a Deployment all succeed", async () => {
    const ids = ["a", "b", "c", "d", "e", "f"];
    const pipeline = toRules(
      ...ids.map((id) => labelRule(`rule-${id}`, "true", { [id]: "x" }, "object")),
    );
    const name = `${prefix}-six`;
    await create("deployments.apps", { name }, DEPLOYMENT);
    const ends = await follow(pipeline, "deployments.apps", name, isSigned);
    expect(new Set(ends)).toEqual(new Set(ids.map((id) => `rule-${id}: Remediated`)));
    const { labels, annotations } = (await read("deployments.apps", name)).metadata;
    expect(labels).toEqual(Object.fromEntries(ids.map((id) => [id, "x"])));
    const depth = isSigned ? "1" : "6";
    expect(annotations).toMatchObject({ "kubemend.dev/depth": depth });
  });
});

async function findJob(record: string): Promise<KubernetesObject | undefined> {
  type Jobs = { readonly items: readonly KubernetesObject[] };
  const { items } = await world.admin.request<Jobs>({ method: "GET", path: JOBS });
  return items.find(({ metadata }) => {
    const { "kubemend.dev/cause": cause } = (metadata["annotations"] ?? {}) as Json;
    return cause === record;
  });
}

it("a person may run a rule at the end of a chain", async () => {
  const pipeline = toRules({
    ...labelRule("count", "true", {}),
    then: [{ label: { set: { n: { cel: "object.metadata.resourceVersion" } } } }],
  });
  const [rule] = pipeline.rules;
  if (rule === undefined) throw new Error("no rule");
  await create("deployments.apps", { name: "by-hand", labels: { n: "0" } }, DEPLOYMENT);
  expect((await follow(pipeline, "deployments.apps", "by-hand")).at(-1)).toBe("count: LoopDepth");
  const object = await read("deployments.apps", "by-hand");
  const { entry } = toManualRequest({
    pipeline,
    rule,
    clusterUid: world.clusterUid,
    resource: toEntry("deployments.apps"),
    object,
    references: [],
    user: "somebody",
    now: new Date().toISOString(),
  });
  const request = JSON.parse(entry.body) as RemediationRequest;
  expect(await deliver(pipeline, request)).toBe("Remediated");
  const after = await read("deployments.apps", "by-hand");
  expect(after.metadata["annotations"]).toMatchObject({ "kubemend.dev/depth": "1" });
});

/** A scale, an eviction and a deletion leave no annotation on what they cause: the records of the rule keep the chain. */
describe("a loop that leaves no annotations", () => {
  const SECOND_MS = 1_100;
  const evict = toRules({
    id: "evict",
    on: { resource: "pods" },
    once: "object",
    then: [{ evictPod: { gracePeriodSeconds: 0 } }],
  });
  const toOwner = (uid: string): Json => ({
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid, controller: true },
    ],
  });

  async function deliverPod(pipeline: Pipeline, pod: KubernetesObject): Promise<unknown> {
    const [request] = toRequests(pipeline, "pods", pod);
    if (request === undefined) throw new Error("no match");
    return deliver(pipeline, request);
  }

  it("a rule that scales what it watches is stopped at the fourth time", async () => {
    const pipeline = toRules({
      id: "grow",
      on: { resource: "deployments.apps" },
      once: "generation",
      then: [{ scale: { replicas: { by: 1 } } }],
    });
    await create("deployments.apps", { name: "grows" }, { ...DEPLOYMENT, replicas: 2 });
    expect(await follow(pipeline, "deployments.apps", "grows")).toEqual([
      "grow: Remediated",
      "grow: Remediated",
      "grow: Remediated",
      "grow: LoopDepth",
    ]);
    expect(await read("deployments.apps", "grows")).toMatchObject({ spec: { replicas: 5 } });
  });

  it.each([
    ["evicts", "evictPod", { gracePeriodSeconds: 0 }],
    ["deletes", "deleteObject", { gracePeriodSeconds: 0, controlled: "act" }],
  ])(
    "a rule that %s each Pod that replaces the last one is stopped, too",
    async (what, action, parameters) => {
      const pipeline = toRules({
        id: what,
        on: { resource: "pods" },
        once: "object",
        then: [{ [action]: parameters }],
      });
      const owner = randomUUID();
      const ends: unknown[] = [];
      for (let at = 1; at <= 4; at += 1) {
        const metadata = { name: `${what}-${at}`, ...toOwner(owner) };
        ends.push(
          await deliverPod(pipeline, await create("pods", metadata, { containers: CONTAINERS })),
        );
        await setTimeout(SECOND_MS);
      }
      expect(ends).toEqual(["Remediated", "Remediated", "Remediated", "LoopDepth"]);
      const last = await read("pods", `${what}-4`);
      expect(last.metadata["deletionTimestamp"]).toBeUndefined();
    },
  );

  it("Pods of one controller that were there side by side are all evicted", async () => {
    const owner = randomUUID();
    const pods: KubernetesObject[] = [];
    for (let at = 1; at <= 5; at += 1) {
      const metadata = { name: `beside-${at}`, ...toOwner(owner) };
      pods.push(await create("pods", metadata, { containers: CONTAINERS }));
    }
    const ends: unknown[] = [];
    for (const pod of pods) ends.push(await deliverPod(evict, pod));
    expect(new Set(ends)).toEqual(new Set(["Remediated"]));
  });
});
