import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { RemediationMode, RemediationRequest } from "../../../events/request.ts";
import {
  completeJob,
  createFailedRun,
  createRun,
  labelJob,
} from "../../support/functions/remediation-runs.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  findEventsOn,
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toPipeline,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const FORBID = { spec: { concurrencyPolicy: "Forbid" } };
const WAITING = { phase: "Waiting", reason: "ConcurrentRun" };

describe("an action that can do nothing yet, on a real API server", () => {
  let world: RemediationWorld;

  beforeAll(async () => {
    world = await startRemediationWorld();
  });

  afterAll(async () => {
    await world?.stop();
  });

  const statusOf = async ({ data }: RemediationRequest): Promise<RecordStatus | undefined> =>
    (await getRecord(world, data.record))?.status;
  const countMade = async ({ data }: RemediationRequest): Promise<number> =>
    (await findJobsOf(world, data.record)).length;

  /** A failed run of a CronJob that forbids a second one, and an active run of it. */
  async function startBusy(name: string, rule: Json = {}, mode: RemediationMode = "enforce") {
    const pipeline = toPipeline(rule);
    const { cronJob, job } = await createFailedRun(world, name, FORBID);
    const run = await createRun(world, `${name}-2`, cronJob);
    const request = toRequest(world, job, { pipeline, mode });
    const scene = createScene(world, pipeline);
    await scene.deliver(request);
    return { job, run, request, scene };
  }

  it("waits while a run of the CronJob is active, and creates the Job once that has ended", async () => {
    const { run, request, scene } = await startBusy("busy");
    expect(await statusOf(request)).toMatchObject(WAITING);
    expect(await statusOf(request)).not.toHaveProperty("holder");
    await scene.wake();
    expect(await statusOf(request)).toMatchObject(WAITING);
    expect(await countMade(request)).toBe(0);
    await completeJob(world, run);

    await scene.wake();

    expect(await statusOf(request)).toMatchObject({ phase: "Succeeded", reason: "Remediated" });
    expect(await statusOf(request)).not.toHaveProperty("waitingSince");
    expect(await countMade(request)).toBe(1);
    expect(scene.alerts.map(({ data }) => data.problem)).toEqual([undefined]);
  });

  it("ends as expired after its time, with an alert that says what it waited for", async () => {
    const { job, request, scene } = await startBusy("endless", {
      then: [
        { createJobFromCronJob: { within: "10m" } },
        { alert: { to: "team", summary: "object.metadata.name" } },
      ],
    });
    scene.pass(9 * 60_000);
    await scene.wake();
    expect(await statusOf(request)).toMatchObject(WAITING);

    await scene.wake();

    const problem = {
      code: "ConcurrentRun",
      message: expect.stringMatching(/^waited 10m: CronJob endless .* endless-2/),
    };
    expect(await statusOf(request)).toMatchObject({
      phase: "Expired",
      reason: "ConcurrentRun",
      message: problem.message,
    });
    expect(scene.alerts.map(({ data }) => data.problem)).toEqual([problem]);
    expect((await findEventsOn(world, job)).map(({ reason }) => reason)).toEqual([
      "RemediationExpired",
    ]);
    expect(await countMade(request)).toBe(0);
  });

  it("is asked again by the next match after it has expired", async () => {
    const { run, request, scene } = await startBusy("later", { giveUpAfter: "5m" });
    scene.pass(6 * 60_000);
    await scene.wake();
    expect(await statusOf(request)).toMatchObject({ phase: "Expired" });
    await completeJob(world, run);

    await scene.deliver(request);

    expect(await statusOf(request)).toMatchObject({ phase: "Succeeded", reason: "Remediated" });
    expect(await countMade(request)).toBe(1);
  });

  it("is looked at early when the trigger has changed, and does nothing if the trigger no longer matches", async () => {
    const where = 'object.metadata.labels["state"] == "bad"';
    const { job, request, scene } = await startBusy("recovered", {
      where: `!has(object.metadata.labels) || !("state" in object.metadata.labels) || ${where}`,
      once: "object",
    });
    expect(await statusOf(request)).toMatchObject(WAITING);
    await labelJob(world, job, { state: "good" });

    await scene.deliver(request);

    expect(await statusOf(request)).toMatchObject({
      phase: "Refused",
      reason: "ConditionNoLongerHolds",
    });
    expect(scene.alerts).toEqual([]);
    expect(await findEventsOn(world, job)).toEqual([]);
    expect(await countMade(request)).toBe(0);
  });

  it("keeps its wake-up however often its trigger changes", async () => {
    const { request, scene } = await startBusy("chatty");
    const before = await statusOf(request);
    scene.pass(1_000);
    for (let count = 0; count < 3; count += 1) await scene.deliver(request);
    expect(await statusOf(request)).toMatchObject({ ...WAITING, wakeAt: before?.wakeAt });
  });

  it("as a dry run says that it would wait", async () => {
    const pipeline = toPipeline({ guards: { mode: "dryRun" } });
    const { cronJob, job } = await createFailedRun(world, "tried", FORBID);
    await createRun(world, "tried-2", cronJob);
    const request = toRequest(world, job, { pipeline, mode: "dryRun" });
    await createScene(world, pipeline).deliver(request);
    expect(await statusOf(request)).toMatchObject({
      phase: "DryRun",
      reason: "WouldWait",
      message: expect.stringMatching(/^would wait, at most 1h: CronJob tried .* tried-2/),
    });
  });

  it("in a rule that asks for approval waits first, and asks when it could be done", async () => {
    const { run, request, scene } = await startBusy(
      "asked",
      { guards: { mode: "approval" } },
      "approval",
    );
    expect(await statusOf(request)).toMatchObject(WAITING);
    await completeJob(world, run);
    await scene.wake();
    expect(await statusOf(request)).toMatchObject({ phase: "AwaitingApproval" });
  });
});
