import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isEnded } from "../../../core/records/phase.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { connectWithGrants } from "../../support/functions/granted-client.ts";
import { JOB_ACTION_CASES, type JobActionCase } from "../../support/functions/job-action-cases.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { AFTER_HOLD_MS } from "../../support/functions/test-run.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import {
  getRecord,
  JOBS,
  startRemediationWorld,
  toPipeline,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const ROUNDS_MAX = 8;
const COMMON = /remediations|ruleguards|events\.|namespaces\./;
const VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  POST: "create",
  PATCH: "patch",
  DELETE: "delete",
};

let world: RemediationWorld;

beforeAll(async () => {
  world = await startRemediationWorld();
});

afterAll(async () => {
  await world?.stop();
});

/** The pipeline of a case for a Job of this name, and the request that a ConfigMap of this name causes. */
type Run = {
  readonly pipeline: Pipeline;
  readonly request: RemediationRequest;
  readonly name: string;
  readonly oldUid: string | undefined;
};

function toCasePipeline({ action, parameters }: JobActionCase, name: string, mode: string) {
  return toPipeline({
    on: { resource: "configmaps" },
    where: "true",
    once: "object",
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ [action]: parameters(name) }],
    guards: { mode },
  });
}

async function createRun(
  one: JobActionCase,
  name: string,
  mode: "enforce" | "dryRun" = "enforce",
): Promise<Run> {
  const { admin } = world;
  const pipeline = toCasePipeline(one, name, mode);
  const post = (path: string, body: Json): Promise<JobObject> =>
    admin.request<JobObject>({ method: "POST", path, body });
  const old =
    one.before === undefined
      ? undefined
      : await post(JOBS, { metadata: { name, labels: { app: "web" } }, spec: one.before });
  if (old !== undefined && one.status !== undefined) {
    const contentType = "application/merge-patch+json";
    const body = { status: one.status };
    await admin.request({ method: "PATCH", path: `${JOBS}/${name}/status`, body, contentType });
  }
  const made = await post(CONFIG_MAPS, { metadata: { name } });
  const entry = findResource(builtinCatalog(), "configmaps");
  if (entry === undefined) throw new Error("configmaps");
  const { uid, resourceVersion } = made.metadata;
  const trigger = { ...entry, namespace: "default", name, uid, resourceVersion };
  const { data, ...request } = toRequest(world, made, { pipeline, mode });
  const asked = { ...request, data: { ...data, trigger, references: [] } };
  return { pipeline, request: asked, name, oldUid: old?.metadata.uid };
}

async function listJobs(name: string): Promise<readonly JobObject[]> {
  const { items } = await world.admin.request<{ items: readonly JobObject[] }>({
    method: "GET",
    path: JOBS,
  });
  return items.filter(
    ({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}-`),
  );
}

/** Without controllers nobody collects what a deletion in the foreground waits for. */
async function collectGarbage(name: string): Promise<void> {
  for (const { metadata } of await listJobs(name)) {
    if (!("deletionTimestamp" in metadata)) continue;
    await world.admin.request({
      method: "PATCH",
      path: `${JOBS}/${metadata.name}`,
      contentType: "application/merge-patch+json",
      body: { metadata: { finalizers: null } },
    });
  }
}

/** Counts the Jobs that a client has created. */
function countCreates(client: KubernetesClient): KubernetesClient & { readonly made: string[] } {
  const made: string[] = [];
  return {
    ...client,
    made,
    request: async <T>(request: Parameters<KubernetesClient["request"]>[0]): Promise<T> => {
      const answer = await client.request<T>(request);
      const isReal = request.query?.["dryRun"] === undefined;
      if (request.method === "POST" && request.path === JOBS && isReal) made.push(request.path);
      return answer;
    },
  };
}

/** Delivers the request, and wakes the record as often as it takes, until it has ended. */
async function finish({ pipeline, request, name }: Run, client: KubernetesClient): Promise<void> {
  const scene = createScene(world, pipeline);
  scene.pass(AFTER_HOLD_MS);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await scene.deliver(request, client, true);
    const record = await getRecord(world, request.data.record);
    if (isEnded(record?.status?.phase ?? "Pending")) return;
    await collectGarbage(name);
    scene.pass(AFTER_HOLD_MS);
  }
}

async function expectEnd(one: JobActionCase, run: Run, at: number): Promise<void> {
  const record = await getRecord(world, run.request.data.record);
  expect({ at, ...record?.status }).toMatchObject({ at, phase: "Succeeded" });
  const jobs = await listJobs(run.name);
  const old = jobs.filter(({ metadata }) => metadata.uid === run.oldUid);
  expect([at, old.length]).toEqual([at, one.keeps ? 1 : 0]);
  expect([at, jobs.length]).toEqual([at, one.creates + (one.keeps ? 1 : 0)]);
  const made = one.creates === 1 ? jobs.filter((job) => !old.includes(job)) : old;
  expect({ at, job: made[0] }).toMatchObject({ at, job: one.expected });
}

/** The right that a request needs: `patch jobs.batch`. */
function toRight(line: string): string {
  const [method = "", path = ""] = line.split(" ");
  const [root, ...rest] = path.slice(1).split("/");
  const [group, , ...below] = root === "api" ? ["", ...rest] : rest;
  const [resource, name] = below[0] === "namespaces" && below.length > 2 ? below.slice(2) : below;
  const verb = method === "GET" && name === undefined ? "list" : VERBS[method];
  return `${verb} ${resource}.${group}`;
}

describe.each(JOB_ACTION_CASES.map((one, index) => ({ ...one, index })))("$what", (one) => {
  const grants = planPermissions(toCasePipeline(one, "any", "enforce"), builtinCatalog()).remediate;
  const prefix = `case-${one.index}`;
  let client: KubernetesClient;

  beforeAll(async () => {
    client = await connectWithGrants(world, `job-${prefix}`, grants);
  });

  afterAll(async () => client?.close());

  it("is carried out under exactly the rights that its rule needs, and needs each of them", async () => {
    const run = await createRun(one, `${prefix}-plain`);
    const counted = countCreates(client);
    const watched = watchClient(counted);
    await finish(run, watched);
    await expectEnd(one, run, 0);
    expect(counted.made).toHaveLength(one.creates);
    const used = new Set([...watched.requests.map(toRight), ...(one.unused ?? [])]);
    const granted = grants.flatMap(({ rules }) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        verbs.map((verb) => `${verb} ${resources.join()}.${apiGroups.join()}`),
      ),
    );
    expect(granted.filter((right) => !used.has(right) && !COMMON.test(right))).toEqual([]);
  });

  it("as a dry run changes nothing", async () => {
    const run = await createRun(one, `${prefix}-dry`, "dryRun");
    const before = await listJobs(run.name);
    await finish(run, client);
    const record = await getRecord(world, run.request.data.record);
    expect(record?.status).toMatchObject({
      phase: "DryRun",
      message: expect.stringMatching(/^(would |nothing would)/),
    });
    expect(await listJobs(run.name)).toEqual(before);
  });

  it.each(["before", "after"] as const)(
    "killed %s any of its requests is finished by later deliveries, with one Job",
    async (moment) => {
      let kills = 0;
      for (let at = 1; ; at += 1) {
        const run = await createRun(one, `${prefix}-${moment}-${at}`);
        const counted = countCreates(client);
        const killed = watchClient(counted, killAt(at, moment));
        await finish(run, killed).catch(() => {});
        const isWhole = killed.requests.length < at;
        if (!isWhole) kills += 1;
        await finish(run, counted);
        await expectEnd(one, run, at);
        expect([at, counted.made.length]).toEqual([at, one.creates]);
        if (isWhole) break;
      }
      expect(kills).toBeGreaterThanOrEqual(5);
    },
  );

  it("frozen before any of its requests does nothing more when another executor has finished", async () => {
    for (let at = 1; ; at += 1) {
      const run = await createRun(one, `${prefix}-frozen-${at}`);
      const counted = countCreates(client);
      const frozen = freezeAt(counted, at);
      const first = finish(run, frozen).catch(() => {});
      if (!(await frozen.isReached(first))) break;
      await finish(run, counted);
      await expectEnd(one, run, at);
      const ended = await listJobs(run.name);
      frozen.wake();
      await first;
      expect([at, await listJobs(run.name)]).toEqual([at, ended]);
      expect([at, counted.made.length]).toEqual([at, one.creates]);
    }
  });
});
