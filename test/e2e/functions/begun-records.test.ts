import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertMessage } from "../../../events/alert.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import { createFailedRun, editTemplate } from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  findEventsOn,
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { AFTER_HOLD_MS, deliverRequest } from "../../support/functions/test-run.ts";

/** Requests of a remediation with a Job and an alert. */
const REQUESTS = 8;

/** The first save of a record's status, which holds the claim. */
function isClaim(request: string): boolean {
  return /^PUT .*\/remediations\/[^/]+\/status$/.test(request);
}

const later = (): number => Date.now() + AFTER_HOLD_MS;

describe("a record that an executor has begun, on a real API server", () => {
  let world: RemediationWorld;

  beforeAll(async () => {
    world = await startRemediationWorld();
  });

  afterAll(async () => {
    await world?.stop();
  });

  it("acknowledges a redelivered request, and writes nothing", async () => {
    const { job } = await createFailedRun(world, "again");
    const request = toRequest(world, job);
    await deliverRequest(request, toDeps(world));
    const before = await getRecord(world, request.data.record);
    const client = watchClient(world.client);

    expect(await deliverRequest(request, toDeps(world, { client }))).toEqual({ outcome: "done" });

    expect(client.requests.map((line) => line.split(" ")[0])).toEqual(["GET", "POST", "GET"]);
    expect(await getRecord(world, request.data.record)).toEqual(before);
  });

  it.each(["before", "after"] as const)(
    "killed %s any of its requests, the next delivery ends the record with one Job",
    async (moment) => {
      const seen: number[] = [];
      for (let at = 1; ; at += 1) {
        const { job } = await createFailedRun(world, `killed-${moment}-${at}`);
        const request = toRequest(world, job);
        const alerts: AlertMessage[] = [];
        const client = watchClient(world.client, killAt(at, moment));
        const first = await deliverRequest(request, toDeps(world, { client, alerts }));
        if (first.outcome === "done") break;
        seen.push(at);

        const second = await deliverRequest(request, toDeps(world, { alerts, now: later }), {
          isRepeated: true,
        });

        expect([at, second]).toEqual([at, { outcome: "done" }]);
        expect((await findEventsOn(world, job)).map(({ reason }) => [at, reason])).toEqual([
          [at, "RemediationSucceeded"],
        ]);
        expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
        const record = await getRecord(world, request.data.record);
        expect(record?.status?.phase).toBe("Succeeded");
        expect(new Set(alerts.map(({ id }) => id))).toEqual(
          new Set([`${request.data.record}/alert`]),
        );
      }
      expect(seen.length).toBeGreaterThanOrEqual(7);
    },
  );

  it("suspended before any of its requests and resumed after another executor has finished, it creates no second Job", async () => {
    for (let at = 1; ; at += 1) {
      const { job } = await createFailedRun(world, `frozen-${at}`);
      const request = toRequest(world, job);
      const frozen = freezeAt(world.client, at);
      const first = deliverRequest(request, toDeps(world, { client: frozen }));
      if (!(await frozen.isReached(first))) break;
      await deliverRequest(request, toDeps(world, { now: later }));
      const ended = await getRecord(world, request.data.record);
      frozen.wake();
      await first;

      expect([at, ended?.status?.phase]).toEqual([at, "Succeeded"]);
      expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
      expect(await getRecord(world, request.data.record)).toEqual(ended);
    }
  });

  it("lets one of two concurrent executors claim the record, and the other retry later", async () => {
    const { job } = await createFailedRun(world, "two");
    const request = toRequest(world, job);
    // Neither saves its claim before both have read the record without one, and who has claimed it goes on when the other has ended.
    const bothHaveRead = Promise.withResolvers<undefined>();
    const oneHasEnded = Promise.withResolvers<undefined>();
    const wakeups: WakeupMessage[] = [];
    let waiting = 0;
    const runs = [0, 1].map(async () => {
      const isFirstClaim = (count: number): boolean =>
        client.requests.findIndex(isClaim) === count - 1;
      const client = watchClient(world.client, {
        before: async (count) => {
          if (!isFirstClaim(count)) return;
          waiting += 1;
          if (waiting === 2) bothHaveRead.resolve(undefined);
          await bothHaveRead.promise;
        },
        after: async (count) => {
          if (isFirstClaim(count)) await oneHasEnded.promise;
        },
      });
      const verdict = await deliverRequest(request, toDeps(world, { client, wakeups }));
      oneHasEnded.resolve(undefined);
      return verdict;
    });

    const verdicts = await Promise.all(runs);

    expect(verdicts).toEqual([{ outcome: "done" }, { outcome: "done" }]);
    // The other one wakes the record when the claim that it has found ends.
    expect(wakeups).toMatchObject([{ data: { record: { name: request.data.record } } }]);
    expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
    expect((await getRecord(world, request.data.record))?.status?.phase).toBe("Succeeded");
  });

  it("stopped before any of its requests while another executor has the record too, one of the two creates the Job", async () => {
    for (let at = 1; ; at += 1) {
      const { job } = await createFailedRun(world, `interleaved-${at}`);
      const request = toRequest(world, job);
      const frozen = freezeAt(world.client, at);
      const wakeups: WakeupMessage[] = [];
      const first = deliverRequest(request, toDeps(world, { client: frozen, wakeups }));
      if (!(await frozen.isReached(first))) break;
      const second = await deliverRequest(request, toDeps(world, { wakeups }), {
        isRepeated: true,
      });
      frozen.wake();

      expect([at, second, await first]).toEqual([at, { outcome: "done" }, { outcome: "done" }]);
      expect([at, (await findJobsOf(world, request.data.record)).length]).toEqual([at, 1]);
      const record = await getRecord(world, request.data.record);
      expect([at, record?.status?.phase]).toEqual([at, "Succeeded"]);
      expect((await findEventsOn(world, job)).map(({ reason }) => [at, reason])).toEqual([
        [at, "RemediationSucceeded"],
      ]);
      // An executor that lost the claim or found it held leaves a wake-up; one that comes after the end does not.
      expect([at, wakeups.length]).toEqual([at, at <= 2 || at === REQUESTS ? 0 : 1]);
    }
  });

  it("a pipeline deployed between any two of its requests refuses a record without a plan, and finishes one with a plan", async () => {
    const other = toPipeline({ where: "false" });
    const phases: (string | undefined)[] = [];
    for (let at = 1; at <= REQUESTS; at += 1) {
      const { job } = await createFailedRun(world, `deployed-${at}`);
      const request = toRequest(world, job);
      const client = watchClient(world.client, killAt(at, "before"));
      await deliverRequest(request, toDeps(world, { client }));

      await deliverRequest(request, toDeps(world, { pipeline: other, now: later }), {
        isRepeated: true,
      });

      const { status } = (await getRecord(world, request.data.record)) ?? {};
      phases.push(status?.phase);
      const jobs = await findJobsOf(world, request.data.record);
      expect([at, jobs.length]).toEqual([at, status?.phase === "Succeeded" ? 1 : 0]);
    }
    // Trigger, record; CronJob, claim with plan; Job, its end, end, Event. Before there is a record, the other pipeline decides.
    expect(phases).toEqual([
      ...Array.from({ length: 2 }, () => undefined),
      ...Array.from({ length: 2 }, () => "Refused"),
      ...Array.from({ length: 4 }, () => "Succeeded"),
    ]);
  });

  it("waits for the end of another executor's claim", async () => {
    const { job } = await createFailedRun(world, "held");
    const request = toRequest(world, job);
    const client = watchClient(world.client, killAt(5, "before"));
    await deliverRequest(request, toDeps(world, { client }));

    const wakeups: WakeupMessage[] = [];

    expect(await deliverRequest(request, toDeps(world, { wakeups }))).toEqual({ outcome: "done" });

    const held = await getRecord(world, request.data.record);
    expect(wakeups.map(({ data }) => data.due)).toEqual([held?.status?.holdUntil]);
    const afterMs = Date.parse(held?.status?.holdUntil ?? "") - Date.now();
    expect(afterMs).toBeGreaterThan(50_000);
    expect(afterMs).toBeLessThanOrEqual(61_000);
  });

  it("follows its own rule if the request carries another one, and finishes a started record by its stored plan", async () => {
    const changed = toPipeline({ where: "false" });
    const fresh = await createFailedRun(world, "changed");
    const begun = await createFailedRun(world, "begun");
    const freshRequest = toRequest(world, fresh.job);
    const begunRequest = toRequest(world, begun.job);
    // Trigger, record, CronJob, plan: the fifth would be the Job.
    const client = watchClient(world.client, killAt(5, "before"));
    await deliverRequest(begunRequest, toDeps(world, { client }));
    expect((await getRecord(world, begunRequest.data.record))?.status?.plan).toBeDefined();

    await deliverRequest(freshRequest, toDeps(world, { pipeline: changed }));
    await deliverRequest(begunRequest, toDeps(world, { pipeline: changed, now: later }));

    expect(await getRecord(world, freshRequest.data.record)).toBeUndefined();
    expect(await findJobsOf(world, freshRequest.data.record)).toEqual([]);
    expect((await getRecord(world, begunRequest.data.record))?.status?.phase).toBe("Succeeded");
    expect(await findJobsOf(world, begunRequest.data.record)).toHaveLength(1);
  });

  it("creates no Job from a CronJob that has changed since the plan was made", async () => {
    const { cronJob, job } = await createFailedRun(world, "edited");
    const request = toRequest(world, job);
    const alerts: AlertMessage[] = [];
    const client = watchClient(world.client, killAt(5, "before"));
    await deliverRequest(request, toDeps(world, { client }));
    await editTemplate(world, cronJob);

    await deliverRequest(request, toDeps(world, { alerts, now: later }));

    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Failed",
      reason: "PreconditionFailed",
      message: "CronJob edited has a different spec.jobTemplate.spec since the plan was made",
    });
    expect(await findJobsOf(world, request.data.record)).toEqual([]);
    expect(alerts.map(({ data }) => data.problem?.code)).toEqual(["PreconditionFailed"]);
  });

  it("recognizes its own Job although the CronJob has changed since", async () => {
    const { cronJob, job } = await createFailedRun(world, "edited-after");
    const request = toRequest(world, job);
    const client = watchClient(world.client, killAt(5, "after"));
    await deliverRequest(request, toDeps(world, { client }));
    await editTemplate(world, cronJob);

    await deliverRequest(request, toDeps(world, { now: later }));

    expect((await getRecord(world, request.data.record))?.status?.phase).toBe("Succeeded");
    expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
  });

  it.each([2, 5])(
    "continues at once after a temporary failure of request %i, because it releases its claim",
    async (at) => {
      const { job } = await createFailedRun(world, `temporary-${at}`);
      const request = toRequest(world, job);
      const client = watchClient(world.client, {
        before: (count) => {
          if (count === at) throw new Error("the connection was cut");
        },
      });

      // Before the record exists the queue redelivers the message; afterwards the record itself waits.
      const outcome = at === 2 ? "retry" : "done";
      expect(await deliverRequest(request, toDeps(world, { client }))).toMatchObject({ outcome });
      await deliverRequest(request, toDeps(world, { now: later }));

      expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
    },
  );
});
