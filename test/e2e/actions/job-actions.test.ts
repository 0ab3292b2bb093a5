import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isEnded } from "../../../core/records/phase.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import {
  collectGarbage,
  createJobRun,
  listJobsNamed,
  toJobPipeline,
  type JobRun,
} from "../../support/actions/job-scene.ts";
import { countRights, toRight } from "../../support/functions/count-rights.ts";
import { ACTION_REQUESTS } from "../../docs/reference/action-requests.ts";
import { connectWithGrants } from "../../support/functions/granted-client.ts";
import { JOB_ACTION_CASES, type JobActionCase } from "../../support/functions/job-action-cases.ts";
import { AFTER_HOLD_MS } from "../../support/functions/test-run.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import {
  getRecord,
  JOBS,
  startRemediationWorld,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";

const ROUNDS_MAX = 8;
const COMMON = /remediations|ruleguards|events\.|namespaces\./;
let world: RemediationWorld;

beforeAll(async () => {
  world = await startRemediationWorld();
});

afterAll(async () => {
  await world?.stop();
});

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
async function finish(
  { pipeline, request, name }: JobRun,
  client: KubernetesClient,
): Promise<void> {
  const scene = createScene(world, pipeline);
  scene.pass(AFTER_HOLD_MS);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await scene.deliver(request, client, true);
    const record = await getRecord(world, request.data.record);
    if (isEnded(record?.status?.phase ?? "Pending")) return;
    await collectGarbage(world, name);
    scene.pass(AFTER_HOLD_MS);
  }
}

async function expectEnd(one: JobActionCase, run: JobRun, at: number): Promise<void> {
  const record = await getRecord(world, run.request.data.record);
  expect({ at, ...record?.status }).toMatchObject({ at, phase: "Succeeded" });
  const jobs = await listJobsNamed(world, run.name);
  const old = jobs.filter(({ metadata }) => metadata.uid === run.oldUid);
  expect([at, old.length]).toEqual([at, one.keeps ? 1 : 0]);
  expect([at, jobs.length]).toEqual([at, one.creates + (one.keeps ? 1 : 0)]);
  const made = one.creates === 1 ? jobs.filter((job) => !old.includes(job)) : old;
  expect({ at, job: made[0] }).toMatchObject({ at, job: one.expected });
}

describe.each(JOB_ACTION_CASES.map((one, index) => ({ ...one, index })))("$what", (one) => {
  const grants = planPermissions(toJobPipeline(one, "any"), builtinCatalog()).remediate;
  const prefix = `case-${one.index}`;
  let client: KubernetesClient;

  beforeAll(async () => {
    client = await connectWithGrants(world, `job-${prefix}`, grants);
  });

  afterAll(async () => client?.close());

  it("is carried out under exactly the rights that its rule needs, and needs each of them", async () => {
    const run = await createJobRun(world, one, `${prefix}-plain`);
    const counted = countCreates(client);
    const watched = watchClient(counted);
    await finish(run, watched);
    await expectEnd(one, run, 0);
    expect(counted.made).toHaveLength(one.creates);
    const counts = countRights(watched.requests);
    expect(counts).toEqual(one.variant === undefined ? counts : ACTION_REQUESTS[one.variant]);
    const used = new Set([...watched.requests.map(toRight), ...(one.unused ?? [])]);
    const granted = grants.flatMap(({ rules }) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        verbs.map((verb) => `${verb} ${resources.join()}.${apiGroups.join()}`),
      ),
    );
    expect(granted.filter((right) => !used.has(right) && !COMMON.test(right))).toEqual([]);
  });

  it("as a dry run changes nothing", async () => {
    const run = await createJobRun(world, one, `${prefix}-dry`, "dryRun");
    const before = await listJobsNamed(world, run.name);
    await finish(run, client);
    const record = await getRecord(world, run.request.data.record);
    expect(record?.status).toMatchObject({
      phase: "DryRun",
      message: expect.stringMatching(/^(would |nothing would)/),
    });
    expect(await listJobsNamed(world, run.name)).toEqual(before);
  });

  it.each(["before", "after"] as const)(
    "killed %s any of its requests is finished by later deliveries, with one Job",
    async (moment) => {
      let kills = 0;
      for (let at = 1; ; at += 1) {
        const run = await createJobRun(world, one, `${prefix}-${moment}-${at}`);
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
      const run = await createJobRun(world, one, `${prefix}-frozen-${at}`);
      const counted = countCreates(client);
      const frozen = freezeAt(counted, at);
      const first = finish(run, frozen).catch(() => {});
      if (!(await frozen.isReached(first))) break;
      await finish(run, counted);
      await expectEnd(one, run, at);
      const ended = await listJobsNamed(world, run.name);
      frozen.wake();
      await first;
      expect([at, await listJobsNamed(world, run.name)]).toEqual([at, ended]);
      expect([at, counted.made.length]).toEqual([at, one.creates]);
    }
  });
});

it("the requests of an applyJob that replaces a Job are as many as the reference says", async () => {
  const one = JOB_ACTION_CASES.find(({ what }) => what.endsWith("replaces a Job that has ended"));
  if (one === undefined) throw new Error("there is no such case");
  const run = await createJobRun(world, one, "counted");
  const grants = planPermissions(run.pipeline, builtinCatalog()).remediate;
  const client = watchClient(await connectWithGrants(world, "counted", grants));
  const scene = createScene(world, run.pipeline);
  await scene.deliver(run.request, client, true);
  await collectGarbage(world, run.name);
  await scene.wake(client);
  await expectEnd(one, run, 0);
  expect(countRights(client.requests)).toEqual(ACTION_REQUESTS["applyJob that replaces a Job"]);
  await client.close();
});
