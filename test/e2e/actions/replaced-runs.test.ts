import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectForPipeline } from "../../support/functions/granted-client.ts";
import {
  completeJob,
  createFailedRun,
  createRun,
  failJob,
} from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { AFTER_HOLD_MS, deliverRequest } from "../../support/functions/test-run.ts";
import {
  findJobsOf,
  getRecord,
  JOBS,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type JobObject,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import {
  freezeAt,
  killAt,
  watchClient,
  type WatchedClient,
} from "../../support/kubernetes/failing-client.ts";

const REPLACE = { spec: { concurrencyPolicy: "Replace" } };
const pipeline = toPipeline({ then: [{ createJobFromCronJob: { concurrencyPolicy: "replace" } }] });

describe("concurrencyPolicy: Replace, on a real API server", () => {
  let world: RemediationWorld;
  let client: KubernetesClient;

  beforeAll(async () => {
    world = await startRemediationWorld();
    client = await connectForPipeline(world, "replace", pipeline);
  });

  afterAll(async () => {
    await client?.close();
    await world?.stop();
  });

  /** A failed run of a CronJob, the request about it, and two active runs. */
  async function start(name: string) {
    const { cronJob, job } = await createFailedRun(world, name, REPLACE);
    const runs = [
      await createRun(world, `${name}-2`, cronJob),
      await createRun(world, `${name}-3`, cronJob),
    ];
    return { request: toRequest(world, job), job, runs };
  }

  let passedMs = 0;
  const now = (): number => Date.now() + passedMs;

  async function deliver(request: RemediationRequest, by = client) {
    const deps = toDeps(world, { client: by, pipeline, now });
    return deliverRequest(request, deps, { isRepeated: true, isSigned: true });
  }

  async function list(): Promise<readonly JobObject[]> {
    const found = await world.admin.request<{ items: readonly JobObject[] }>({
      method: "GET",
      path: JOBS,
    });
    return found.items;
  }

  /** As the garbage collector does once the Pods of a Job that is deleted in the foreground are gone. */
  async function collectGarbage(): Promise<void> {
    for (const { metadata } of await list()) {
      if (!("deletionTimestamp" in metadata)) continue;
      await world.admin.request({
        method: "PATCH",
        path: `${JOBS}/${metadata.name}`,
        contentType: "application/merge-patch+json",
        body: { metadata: { finalizers: null } },
      });
    }
  }

  /** Delivers the request again until the record has ended. */
  async function finish(request: RemediationRequest): Promise<void> {
    for (let round = 0; round < 12; round += 1) {
      await collectGarbage();
      await deliver(request);
      const { status } = (await getRecord(world, request.data.record)) ?? {};
      if (status?.endedAt !== undefined) return;
      passedMs += AFTER_HOLD_MS;
    }
    throw new Error("the record does not end");
  }

  async function expectReplaced(
    { request, job, runs }: Awaited<ReturnType<typeof start>>,
    at = 0,
  ): Promise<void> {
    const record = await getRecord(world, request.data.record);
    expect({ at, ...record?.status }).toMatchObject({ at, phase: "Succeeded" });
    expect([at, (await findJobsOf(world, request.data.record)).length]).toEqual([at, 1]);
    const left = (await list()).map(({ metadata }) => metadata.uid);
    expect(left).toContain(job.metadata.uid);
    expect(runs.filter(({ metadata }) => left.includes(metadata.uid))).toEqual([]);
  }

  it("deletes the active runs, waits until they are gone, and creates the Job, with no more rights than are granted", async () => {
    const scene = await start("plain");
    const watched = watchClient(client);
    await deliver(scene.request, watched);
    passedMs += 5_000;
    await deliver(scene.request, watched);
    // They are being deleted, and their Pods may still run.
    expect(await findJobsOf(world, scene.request.data.record)).toEqual([]);
    expect((await getRecord(world, scene.request.data.record))?.status).toMatchObject({
      phase: "Waiting",
      reason: "Verifying",
    });
    await finish(scene.request);
    await expectReplaced(scene);
    const { status } = (await getRecord(world, scene.request.data.record)) ?? {};
    expect(status?.message).toMatch(
      /^deleted Job default\/plain-2, Job default\/plain-3, created Job default\/plain-/,
    );
  });

  /** Has the API server refuse every Job whose name begins so. */
  async function denyNames(prefix: string): Promise<void> {
    const kinds = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic";
    const post = (path: string, body: object): Promise<unknown> =>
      world.admin.request({ method: "POST", path, body });
    const metadata = { name: `no-${prefix}` };
    const rule = {
      apiGroups: ["batch"],
      apiVersions: ["v1"],
      resources: ["jobs"],
      operations: ["CREATE"],
    };
    const expression = `!object.metadata.name.startsWith("${prefix}")`;
    const spec = {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression }],
    };
    await post(`${kinds}ies`, { metadata, spec });
    const binding = { policyName: metadata.name, validationActions: ["Deny"] };
    await post(`${kinds}ybindings`, { metadata, spec: binding });
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "m", image: "m" }] } };
    const body = { metadata: { name: `${prefix}-try` }, spec: { template } };
    const tried = async (): Promise<string> =>
      world.admin
        .request({ method: "POST", path: JOBS, body, query: { dryRun: "All" } })
        .then(() => "created", String);
    await expect.poll(tried).toContain("denied request");
  }

  it("stops no run if the new one would be refused, and the record says why", async () => {
    const scene = await start("denied");
    await denyNames("denied");
    const watched = watchClient(client);
    await deliver(scene.request, watched);
    const left = (await list()).map(({ metadata }) => metadata.uid);
    expect(left).toEqual(expect.arrayContaining(scene.runs.map(({ metadata }) => metadata.uid)));
    expect(watched.requests.filter((line) => line.startsWith("DELETE"))).toEqual([]);
    expect((await getRecord(world, scene.request.data.record))?.status).toMatchObject({
      phase: "Failed",
      reason: "Invalid",
    });
  });

  it.each(["GET", "DELETE"])(
    "leaves runs alone that end just before the %s of the first one arrives",
    async (method) => {
      const scene = await start(`ending-${method.toLowerCase()}`);
      const [first, second] = scene.runs;
      if (first === undefined || second === undefined) throw new Error("there are two");
      let hasEnded = false;
      const racing: WatchedClient = watchClient(client, {
        before: async () => {
          if (hasEnded || racing.requests.at(-1) !== `${method} ${JOBS}/${first.metadata.name}`) {
            return;
          }
          hasEnded = true;
          await completeJob(world, first);
          await failJob(world, second);
        },
      });
      await deliver(scene.request, racing);
      expect(hasEnded).toBe(true);
      passedMs += AFTER_HOLD_MS;
      await finish(scene.request);
      const left = (await list()).map(({ metadata }) => metadata.uid);
      expect(left).toEqual(expect.arrayContaining([first.metadata.uid, second.metadata.uid]));
      expect(await findJobsOf(world, scene.request.data.record)).toHaveLength(1);
    },
  );

  it.each(["before", "after"] as const)(
    "killed %s any of its requests it is finished with one Job, and only the active runs are gone",
    async (moment) => {
      let kills = 0;
      for (let at = 1; ; at += 1) {
        const scene = await start(`${moment}-${at}`);
        const killed = watchClient(client, killAt(at, moment));
        let isKilled = false;
        for (let round = 0; round < 4 && !isKilled; round += 1) {
          const verdict = await deliver(scene.request, killed);
          isKilled = verdict.outcome !== "done";
          await collectGarbage();
          passedMs += 5_000;
        }
        if (!isKilled) break;
        kills += 1;
        passedMs += AFTER_HOLD_MS;
        await finish(scene.request);
        await expectReplaced(scene, at);
      }
      expect(kills).toBeGreaterThanOrEqual(15);
    },
  );

  it("frozen before any of its requests it does nothing more when another executor has finished", async () => {
    let frozenRuns = 0;
    for (let at = 1; ; at += 1) {
      const scene = await start(`frozen-${at}`);
      const frozen = freezeAt(client, at);
      const first = deliver(scene.request, frozen);
      if (!(await frozen.isReached(first))) break;
      frozenRuns += 1;
      passedMs += AFTER_HOLD_MS;
      await finish(scene.request);
      await expectReplaced(scene, at);
      const before = await list();
      frozen.wake();
      await first;
      expect([at, await list()]).toEqual([at, before]);
    }
    expect(frozenRuns).toBeGreaterThanOrEqual(8);
  });

  it("without the right to delete Jobs it waits for that, and starts nothing beside the active run", async () => {
    const scene = await start("forbidden");
    const waiting = { then: [{ createJobFromCronJob: { concurrencyPolicy: "wait" } }] };
    const poor = await connectForPipeline(world, "replace-poor", toPipeline(waiting));
    await deliver(scene.request, poor);
    await poor.close();
    expect((await getRecord(world, scene.request.data.record))?.status).toMatchObject({
      phase: "Waiting",
      cause: { code: "Forbidden" },
    });
    expect(await findJobsOf(world, scene.request.data.record)).toEqual([]);
  });
});
