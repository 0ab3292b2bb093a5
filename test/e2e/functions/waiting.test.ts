import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { createWorld, toMessage } from "../../functions/normalize/world.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import {
  completeJob,
  createFailedRun,
  deleteJob,
  labelJob,
} from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toPipeline,
  type JobObject,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const COMPLETE = 'object.status.conditions.exists(c, c.type == "Complete" && c.status == "True")';

describe("waiting on a real API server", () => {
  let world: RemediationWorld;

  beforeAll(async () => {
    world = await startRemediationWorld();
  });

  afterAll(async () => {
    await world?.stop();
  });

  const statusOf = async (request: RemediationRequest): Promise<RecordStatus | undefined> =>
    (await getRecord(world, request.data.record))?.status;

  async function madeBy(request: RemediationRequest): Promise<readonly JobObject[]> {
    return findJobsOf(world, request.data.record);
  }

  /** As the relay would report it. */
  async function readJob({ metadata: { name } }: JobObject): Promise<KubernetesObject> {
    const path = `/apis/batch/v1/namespaces/default/jobs/${name}`;
    return world.admin.request<KubernetesObject>({ method: "GET", path });
  }

  /** The wake-ups that normalize sends for a change. */
  async function normalize(pipeline: Pipeline, object: KubernetesObject) {
    const cluster = { name: "test", uid: world.clusterUid };
    const own = {
      "/api/v1/namespaces/kube-system": { metadata: { name: "kube-system", uid: cluster.uid } },
    };
    const around = createWorld({ pipeline, answers: own });
    const message = toMessage(pipeline, object, { cluster });
    expect(await around.normalize(JSON.stringify(message))).toEqual({ outcome: "done" });
    return around.wakeups();
  }

  it("`for` waits, evaluates the condition again, and then acts", async () => {
    const pipeline = toPipeline({ for: "10m" });
    const scene = createScene(world, pipeline);
    const { job } = await createFailedRun(world, "patient");
    const request = toRequest(world, job, { pipeline });

    expect(await scene.deliver(request)).toEqual({ outcome: "done" });
    expect(await statusOf(request)).toMatchObject({ phase: "Waiting", reason: "For" });
    expect(await statusOf(request)).not.toHaveProperty("holder");
    expect(await madeBy(request)).toEqual([]);
    // A redelivered request changes nothing, and loses nothing.
    await scene.deliver(request);
    expect(scene.wakeups).toHaveLength(2);

    scene.pass(10 * 60_000);
    expect(await scene.wake()).toEqual({ outcome: "done" });
    expect(await statusOf(request)).toMatchObject({ phase: "Succeeded", reason: "Remediated" });
    expect(await madeBy(request)).toHaveLength(1);
  });

  it("`for` leaves a Job alone if it has recovered meanwhile", async () => {
    const where = 'object.metadata.labels["state"] == "bad"';
    const pipeline = toPipeline({ for: "1m", where, once: "generation" });
    const scene = createScene(world, pipeline);
    const { job } = await createFailedRun(world, "recovering");
    await labelJob(world, job, { state: "bad" });
    const request = toRequest(world, job, { pipeline });
    await scene.deliver(request);
    await labelJob(world, job, { state: "good" });

    await scene.wake();

    expect(await statusOf(request)).toMatchObject({
      phase: "Refused",
      reason: "ConditionNoLongerHolds",
    });
    expect(await madeBy(request)).toEqual([]);
  });

  it("a rule that only alerts waits too: its alert is sent when the time has come, and its record ends", async () => {
    const pipeline = toPipeline({
      for: "10m",
      then: [{ alert: { to: "team", summary: "'still failed: ' + object.metadata.name" } }],
    });
    const scene = createScene(world, pipeline);
    const { job } = await createFailedRun(world, "reported-later");
    const request = toRequest(world, job, { pipeline });

    await scene.deliver(request);
    expect(await statusOf(request)).toMatchObject({ phase: "Waiting", reason: "For" });
    expect(scene.alerts).toEqual([]);

    scene.pass(10 * 60_000);
    expect(await scene.wake()).toEqual({ outcome: "done" });
    expect(await statusOf(request)).toMatchObject({ phase: "Succeeded" });
    expect(scene.alerts.map(({ data }) => data.summary)).toEqual([
      `still failed: ${job.metadata.name}`,
    ]);
    expect(await madeBy(request)).toEqual([]);
  });

  it("a reported state that does not match ends the wait before its time", async () => {
    const where = 'object.metadata.labels["state"] == "bad"';
    const pipeline = toPipeline({ for: "10m", where, once: "generation" });
    const scene = createScene(world, pipeline);
    const { job } = await createFailedRun(world, "well-again");
    await labelJob(world, job, { state: "bad" });
    const request = toRequest(world, job, { pipeline });
    await scene.deliver(request);
    expect(await statusOf(request)).toMatchObject({ phase: "Waiting", reason: "For" });
    await labelJob(world, job, { state: "good" });

    const wakeups = await normalize(pipeline, await readJob(job));
    expect(wakeups).toHaveLength(1);
    scene.wakeups.push(...wakeups);
    await scene.wake();

    expect(await statusOf(request)).toMatchObject({
      phase: "Refused",
      reason: "ConditionNoLongerHolds",
    });
  });

  it("`at` waits for the time that the object names, and refuses a value that is not a time", async () => {
    const pipeline = toPipeline({
      at: 'timestamp(object.metadata.annotations["retry-at"])',
      where: "true",
      once: "object",
    });
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const scene = createScene(world, pipeline);
    const { job } = await createFailedRun(world, "timed");
    const bare = await createFailedRun(world, "timeless");
    await labelJob(world, job, {}, { "retry-at": at });
    const request = toRequest(world, job, { pipeline });
    const refused = toRequest(world, bare.job, { pipeline });

    await scene.deliver(request);
    expect(await statusOf(request)).toMatchObject({ phase: "Waiting", reason: "At" });
    expect(Date.parse(scene.wakeups[0]?.data.due ?? "")).toBe(Date.parse(at));
    await scene.wake();
    await scene.deliver(refused);

    expect(await statusOf(request)).toMatchObject({ phase: "Succeeded" });
    expect(await statusOf(refused)).toMatchObject({ phase: "Refused", reason: "RuleError" });
  });

  it("`verify` waits until the created object meets the rule's condition", async () => {
    const pipeline = toPipeline({ verify: { where: COMPLETE, within: "5m" } });
    const scene = createScene(world, pipeline);
    const { job } = await createFailedRun(world, "verified");
    const request = toRequest(world, job, { pipeline });
    const client = watchClient(world.client);

    await scene.deliver(request, client);
    expect(await statusOf(request)).toMatchObject({ phase: "Waiting", reason: "Verifying" });
    expect(scene.alerts).toEqual([]);
    await scene.wake();
    expect(await statusOf(request)).toMatchObject({ phase: "Waiting", reason: "Verifying" });
    const [made] = await madeBy(request);
    if (made === undefined) throw new Error("no Job was made");
    await completeJob(world, made);
    await scene.wake(client);

    expect(await statusOf(request)).toMatchObject({
      phase: "Succeeded",
      steps: [
        { name: "createJobFromCronJob", state: "done" },
        { name: "verify", state: "done", message: "verified after 4 s" },
        { name: "alert", state: "done" },
      ],
    });
    expect(scene.alerts.map(({ data }) => data.problem)).toEqual([undefined]);
    // Six to the Job and its wait: trigger, record, CronJob, claim with plan, Job, wait. Then record, Job, claim with the alert's
    // start, end, Event: four, were there no alert.
    expect(client.requests.map((line) => line.split(" ")[0])).toEqual(
      "GET POST GET PUT POST PUT GET GET PUT PUT POST".split(" "),
    );
  });

  it("`verify` checks early if the created object has changed, and `at` if the object names another time", async () => {
    const verifying = toPipeline({ verify: { where: COMPLETE, within: "5m" } });
    const timed = toPipeline({
      at: 'timestamp(object.metadata.annotations["retry-at"])',
      where: "true",
      once: "object",
    });
    const scenes = [createScene(world, verifying), createScene(world, timed)] as const;
    const made = await createFailedRun(world, "woken-target");
    const named = await createFailedRun(world, "woken-trigger");
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await labelJob(world, named.job, {}, { "retry-at": later });
    const verified = toRequest(world, made.job, { pipeline: verifying });
    const dated = toRequest(world, named.job, { pipeline: timed });
    await scenes[0].deliver(verified);
    await scenes[1].deliver(dated);

    // A change that does not affect the conditions leaves both as they were.
    await scenes[0].deliver(verified);
    await scenes[1].deliver(dated);
    expect((await statusOf(verified))?.phase).toBe("Waiting");
    expect(await statusOf(dated)).toMatchObject({ phase: "Waiting", wakeAt: later });

    const [job] = await madeBy(verified);
    if (job === undefined) throw new Error("no Job was made");
    await completeJob(world, job);
    scenes[0].wakeups.push(...(await normalize(verifying, await readJob(job))));
    await scenes[0].wake(world.client, "now");
    await labelJob(world, named.job, {}, { "retry-at": "2026-01-01T00:00:00Z" });
    await scenes[1].deliver(dated);

    expect(await statusOf(verified)).toMatchObject({
      phase: "Succeeded",
      steps: [{}, { name: "verify", message: "verified after 0 s" }, {}],
    });
    expect(await statusOf(dated)).toMatchObject({ phase: "Succeeded" });
    expect(await madeBy(dated)).toHaveLength(1);
  });

  it("`verify` fails when its time is over; if the created object is gone, the answer is unknown, and nothing runs a second time", async () => {
    const onFailure = [{ createJobFromCronJob: {} }];
    const pipeline = toPipeline({ verify: { where: COMPLETE, within: "1m" } });
    const escalating = toPipeline({ verify: { where: COMPLETE, within: "1m" }, onFailure });
    const late = createScene(world, pipeline);
    const gone = createScene(world, escalating);
    const lateRequest = toRequest(world, (await createFailedRun(world, "late")).job, { pipeline });
    const lost = (await createFailedRun(world, "lost")).job;
    const goneRequest = toRequest(world, lost, { pipeline: escalating });

    await late.deliver(lateRequest);
    for (let looks = 0; (await statusOf(lateRequest))?.phase === "Waiting"; looks += 1) {
      expect(looks).toBeLessThan(10);
      await late.wake();
    }
    await gone.deliver(goneRequest);
    const [made] = await madeBy(goneRequest);
    if (made === undefined) throw new Error("no Job was made");
    await deleteJob(world, made);
    await gone.wake();

    expect(await statusOf(lateRequest)).toMatchObject({ phase: "Failed", reason: "NotVerified" });
    expect(late.alerts.map(({ data }) => data.problem?.code)).toEqual(["NotVerified"]);
    const unknown = { phase: "Succeeded", reason: "VerifyUnknown" };
    expect(await statusOf(goneRequest)).toMatchObject(unknown);
    expect((await statusOf(goneRequest))?.message).toMatch(/whether it succeeded is unknown: Job/);
    expect(gone.alerts.map(({ data }) => data.problem?.code)).toEqual(["VerifyUnknown"]);
    expect(await madeBy(goneRequest)).toEqual([]);
  });

  it("`onFailure` continues with the next action, in order, and its success counts as the record's", async () => {
    const pipeline = toPipeline({
      verify: { where: COMPLETE, within: "1m" },
      onFailure: [{ createJobFromCronJob: {} }, { createJobFromCronJob: {} }],
    });
    const scene = createScene(world, pipeline);
    const { job } = await createFailedRun(world, "escalated");
    const request = toRequest(world, job, { pipeline });

    await scene.deliver(request);
    while ((await madeBy(request)).length === 1) await scene.wake();
    const made = await madeBy(request);
    const second = made.find(({ metadata }) => metadata.name !== (made[0]?.metadata.name ?? ""));
    expect(made).toHaveLength(2);
    for (const each of made) await completeJob(world, each);
    await scene.wake();

    expect(second).toBeDefined();
    expect(await madeBy(request)).toHaveLength(2);
    expect(await statusOf(request)).toMatchObject({
      phase: "Succeeded",
      message: expect.stringContaining("after verify failed: "),
      steps: [
        { name: "createJobFromCronJob", state: "done" },
        { name: "verify", state: "failed", code: "NotVerified" },
        { name: "createJobFromCronJob-stage-1", state: "done" },
        { name: "verify-stage-1", state: "done" },
        { name: "createJobFromCronJob-stage-2", state: "planned" },
        { name: "alert", state: "done" },
      ],
    });
    expect(scene.alerts.map(({ data }) => data.problem)).toEqual([
      {
        code: "NotVerified",
        message: expect.stringMatching(/^verify failed: .*; onFailure has succeeded$/),
      },
    ]);
  });

  it.each(["before", "after"] as const)(
    "killed %s any request of a verification, the remediation ends with one Job",
    async (moment) => {
      const pipeline = toPipeline({ verify: { where: COMPLETE, within: "5m" } });
      let at = 1;
      for (; ; at += 1) {
        const scene = createScene(world, pipeline);
        const { job } = await createFailedRun(world, `verify-${moment}-${at}`);
        const request = toRequest(world, job, { pipeline });
        await scene.deliver(request);
        for (const made of await madeBy(request)) await completeJob(world, made);
        const killed = await scene.wake(watchClient(world.client, killAt(at, moment)));
        if (killed.outcome === "done") break;
        scene.pass(61_000);
        expect([at, await scene.wake()]).toEqual([at, { outcome: "done" }]);
        expect([at, (await statusOf(request))?.phase]).toEqual([at, "Succeeded"]);
        expect(await madeBy(request)).toHaveLength(1);
      }
      // Record, Job, claim with the alert's start, end, Event.
      expect(at - 1).toBeGreaterThanOrEqual(5);
    },
  );

  it("a pipeline that is deployed while a record waits refuses a record that has not begun, and finishes one that has", async () => {
    const patient = toPipeline({ for: "1m" });
    const verifying = toPipeline({ verify: { where: COMPLETE, within: "5m" } });
    const other = toPipeline({ where: "false" });
    const waiting = toRequest(world, (await createFailedRun(world, "deploy-1")).job, {
      pipeline: patient,
    });
    const begun = toRequest(world, (await createFailedRun(world, "deploy-2")).job, {
      pipeline: verifying,
    });
    const before = [createScene(world, patient), createScene(world, verifying)] as const;
    await before[0].deliver(waiting);
    await before[1].deliver(begun);
    for (const made of await madeBy(begun)) await completeJob(world, made);

    for (const scene of before) {
      const after = createScene(world, other);
      after.wakeups.push(...scene.wakeups);
      await after.wake();
    }

    expect(await statusOf(waiting)).toMatchObject({ phase: "Refused", reason: "RuleChanged" });
    expect(await statusOf(begun)).toMatchObject({ phase: "Succeeded" });
  });
});
