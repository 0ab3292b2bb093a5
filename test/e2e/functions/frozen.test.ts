import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RemediationRequest } from "../../../events/request.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { processWakeup } from "../../../functions/remediate/message/process-wakeup.ts";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";
import { startApiProxy, type ApiProxy, type Passage } from "../../support/network/api-proxy.ts";
import { startRemediateProcess, writeProxied } from "../../support/functions/remediate-process.ts";
import type { RemediateProcess } from "../../support/functions/remediate-process.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  findEventsOn,
  findJobsOf,
  getRecord,
  RERUN_PIPELINE,
  startRemediationWorld,
  toDeps,
  type JobObject,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { toTestRun } from "../../support/functions/test-run.ts";
import { sweepOnce } from "../../support/functions/sweep-deps.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

/** After the claim of a run of 57 s, which is held for 30 s more. */
const AFTER_HOLD_MS = 120_000;
/** Trigger, record, CronJob, admission by the guard, claim with plan, Job, its end with the alert's start, group of the alert, end, Event. */
const REQUESTS = 10;

// A request that was sent before the process was stopped arrives while it is stopped, or after another executor has finished.
const ARRIVALS = ["at once", "late"] as const;

describe("the remediate function as a process, on a real API server", () => {
  let world: RemediationWorld;
  let proxy: ApiProxy;
  let queues: SandboxQueues;
  let folder: ReturnType<typeof temporaryFolder>;
  let kubeconfig: string;
  let pipeline: string;

  beforeAll(async () => {
    world = await startRemediationWorld();
    proxy = await startApiProxy({ server: world.admin.server, caFile: world.caFile });
    queues = await startQueues();
    folder = temporaryFolder();
    pipeline = join(folder.path, "pipeline.json");
    writeFileSync(pipeline, JSON.stringify(RERUN_PIPELINE));
    kubeconfig = writeProxied(world.kubeconfigs.remediate, world.admin.server, proxy.server);
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await queues?.stop();
    await world?.stop();
    folder?.[Symbol.dispose]();
  });

  const start = (): Promise<RemediateProcess> =>
    startRemediateProcess({ kubeconfig, pipeline, queues });

  /**
   * Another executor, when the claim of the first has expired, and the wake-up that it leaves: a last write of the first may land
   * in between, and an executor that finds it stops at once.
   */
  async function takeOver(request: RemediationRequest): Promise<void> {
    await execute(request);
    await execute(request);
  }

  async function execute(request: RemediationRequest): Promise<void> {
    const now = (): number => Date.now() + AFTER_HOLD_MS;
    const deps = toDeps(world, { now });
    const verdict = await processMessage(JSON.stringify(request), deps, toTestRun(now()));
    expect(verdict).toEqual({ outcome: "done" });
  }

  async function expectOnce(at: number, request: RemediationRequest, job: JobObject) {
    const record = await getRecord(world, request.data.record);
    expect([at, record?.status?.phase]).toEqual([at, "Succeeded"]);
    expect([at, (await findJobsOf(world, request.data.record)).length]).toEqual([at, 1]);
    const reasons = (await findEventsOn(world, job)).map(({ reason }) => reason);
    expect([at, reasons]).toEqual([at, ["RemediationSucceeded"]]);
    return record;
  }

  it.each(ARRIVALS)(
    "suspended at any request, which arrives %s, and resumed after another executor has finished, it changes nothing any more",
    async (arrival) => {
      const remediate = await start();
      let at = 0;
      try {
        for (at = 1; ; at += 1) {
          const { job } = await createFailedRun(world, `frozen-${arrival.at(0)}-${at}`);
          const request = toRequest(world, job);
          const { reached, release } = intercept(at, arrival, () => remediate.freeze());
          const first = remediate.invoke(request);
          if (!(await isReached(reached, first))) break;
          await takeOver(request);
          const ended = await expectOnce(at, request, job);
          release();
          remediate.wake();
          expect([at, (await first).outcome]).toEqual([at, "ok"]);
          expect(await expectOnce(at, request, job)).toEqual(ended);
        }
      } finally {
        await remediate.kill();
      }
      expect(at).toBeGreaterThan(REQUESTS);
    },
  );

  it.each(ARRIVALS)(
    "killed at any request, which arrives %s, the next executor ends the record with one Job",
    async (arrival) => {
      let at = 0;
      for (at = 1; ; at += 1) {
        const { job } = await createFailedRun(world, `killed-${arrival.at(0)}-${at}`);
        const request = toRequest(world, job);
        const remediate = await start();
        const { release } = intercept(at, arrival, () => remediate.kill());
        const { outcome } = await remediate.invoke(request);
        if (outcome === "ok") {
          await remediate.kill();
          break;
        }
        await takeOver(request);
        release();
        await expectOnce(at, request, job);
      }
      expect(at).toBeGreaterThan(REQUESTS);
    },
  );

  it("killed in the middle of a batch, it costs that batch three minutes, and nobody else anything", async () => {
    const requests: RemediationRequest[] = [];
    for (const name of ["batch-a", "batch-b", "batch-c"]) {
      requests.push(toRequest(world, (await createFailedRun(world, name)).job));
    }
    const other = toRequest(world, (await createFailedRun(world, "bystander")).job);
    const remediate = await start();
    proxy.intercept(async (_count, line): Promise<Passage> => {
      if (line.endsWith("/jobs") && line.startsWith("POST")) await remediate.kill();
      return "forward";
    });
    expect((await remediate.invoke(...requests)).outcome).toBe("error");
    const killedMs = Date.now();
    proxy.intercept();
    for (const { data } of requests) expect(await getRecord(world, data.record)).toBeDefined();

    const next = await start();
    expect((await next.invoke(other)).outcome).toBe("ok");
    await next.kill();
    expect((await getRecord(world, other.data.record))?.status?.phase).toBe("Succeeded");

    // The sweep runs once a minute: the last run within three minutes is at least two after the kill.
    const wakeups: WakeupMessage[] = [];
    const nowMs = killedMs + 2 * 60_000;
    await sweepOnce(world.sweeper, nowMs, wakeups);
    for (const wakeup of wakeups) {
      const signal = new AbortController().signal;
      const run = { holder: `test/${wakeup.id}`, deadlineMs: nowMs + 30_000, signal };
      await processWakeup(JSON.stringify(wakeup), toDeps(world, { now: () => nowMs }), run);
    }
    for (const { data } of requests) {
      expect((await getRecord(world, data.record))?.status?.phase).toBe("Succeeded");
      expect(await findJobsOf(world, data.record)).toHaveLength(1);
    }
  });

  /** Whether the request came at all: the first remediation of a rule makes some more than later ones. */
  async function isReached(reached: Promise<unknown>, first: Promise<unknown>): Promise<boolean> {
    return Promise.race([reached.then(() => true), first.then(() => false)]);
  }

  /** Stops the process when that request arrives; a late one is held until it is released. */
  function intercept(at: number, arrival: (typeof ARRIVALS)[number], stop: () => Promise<void>) {
    const reached = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    const hold = async (count: number): Promise<Passage> => {
      if (count !== at) return "forward";
      await stop();
      reached.resolve(undefined);
      if (arrival === "late") await released.promise;
      return "forward";
    };
    proxy.intercept(hold);
    return { reached: reached.promise, release: () => released.resolve(undefined) };
  }
});
