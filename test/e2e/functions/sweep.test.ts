import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RemediationRequest } from "../../../events/request.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { processWakeup } from "../../../functions/remediate/message/process-wakeup.ts";
import type { SweepReport } from "../../../functions/sweep/tally.ts";
import { COMPACT_AFTER_MS, RETIRE_AFTER_MS } from "../../../core/records/plan-sweep.ts";
import { createFailedRun, deleteJob, labelJob } from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { sweepOnce } from "../../support/functions/sweep-deps.ts";

const MINUTE_MS = 60_000;

describe("the sweep on a real API server", () => {
  let world: RemediationWorld;

  beforeAll(async () => {
    world = await startRemediationWorld();
  });

  afterAll(async () => {
    await world?.stop();
  });

  const run = (nowMs: number) => ({
    holder: `test/${nowMs}`,
    deadlineMs: nowMs + 30_000,
    signal: new AbortController().signal,
  });

  function sweepAt(nowMs: number, wakeups: WakeupMessage[] = []): Promise<SweepReport> {
    return sweepOnce(world.sweeper, nowMs, wakeups);
  }

  const phaseOf = async (request: RemediationRequest) =>
    (await getRecord(world, request.data.record))?.status?.phase;

  it("wakes a record whose wake-up was lost", async () => {
    const pipeline = toPipeline({ for: "10m" });
    const { job } = await createFailedRun(world, "forgotten");
    const request = toRequest(world, job, { pipeline });
    const startMs = Date.now();
    await processMessage(JSON.stringify(request), toDeps(world, { pipeline }), run(startMs));
    expect(await phaseOf(request)).toBe("Waiting");

    const wakeups: WakeupMessage[] = [];
    await sweepAt(startMs + 10 * MINUTE_MS, wakeups);
    expect(wakeups).toEqual([]);
    const laterMs = startMs + 11.5 * MINUTE_MS;
    await sweepAt(laterMs, wakeups);
    expect(wakeups.map(({ data }) => data.record.name)).toEqual([request.data.record]);
    const deps = toDeps(world, { pipeline, now: () => laterMs });
    await processWakeup(JSON.stringify(wakeups[0]), deps, run(laterMs));

    expect(await phaseOf(request)).toBe("Succeeded");
    expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
  });

  it("compacts a record, and deletes it only when nothing can request its episode again", async () => {
    const kept = await createFailedRun(world, "kept");
    const gone = await createFailedRun(world, "gone");
    const requests = [toRequest(world, kept.job), toRequest(world, gone.job)] as const;
    for (const request of requests) {
      await processMessage(JSON.stringify(request), toDeps(world), run(Date.now()));
    }
    await deleteJob(world, gone.job);
    const endMs = Date.now();

    await sweepAt(endMs + COMPACT_AFTER_MS + MINUTE_MS);
    const compacted = await getRecord(world, requests[0].data.record);
    expect(compacted?.status).toMatchObject({ phase: "Succeeded", reason: "Remediated" });
    expect(compacted?.status).not.toHaveProperty("plan");
    expect(compacted?.status).not.toHaveProperty("steps");

    await sweepAt(endMs + RETIRE_AFTER_MS - MINUTE_MS);
    expect(await phaseOf(requests[1])).toBe("Succeeded");

    const nowMs = endMs + RETIRE_AFTER_MS + MINUTE_MS;
    await sweepAt(nowMs);
    expect(await getRecord(world, requests[1].data.record)).toBeUndefined();
    expect(await phaseOf(requests[0])).toBe("Succeeded");

    // The relay's journal is lost and the queue redriven: both requests are sent again.
    for (const request of requests) {
      const deps = toDeps(world, { now: () => nowMs });
      await processMessage(JSON.stringify(request), deps, run(nowMs));
    }
    expect(await findJobsOf(world, requests[0].data.record)).toHaveLength(1);
    expect(await findJobsOf(world, requests[1].data.record)).toHaveLength(1);
    // Nothing shows any more that its trigger ever was.
    expect(await getRecord(world, requests[1].data.record)).toBeUndefined();
  });

  it("deletes the record of an episode that a later one of the same rule and object has superseded, and keeps the later one", async () => {
    const { job } = await createFailedRun(world, "superseded");
    const pipeline = toPipeline({ once: { key: "object.metadata.labels.episode" } });
    const requests: RemediationRequest[] = [];
    for (const episode of ["first", "second"]) {
      const labels = { episode };
      await labelJob(world, job, labels);
      const request = toRequest(
        world,
        { ...job, metadata: { ...job.metadata, labels } },
        { pipeline },
      );
      requests.push(request);
      await processMessage(JSON.stringify(request), toDeps(world, { pipeline }), run(Date.now()));
      // Records are younger or older by the second.
      await sleep(1_100);
    }
    await sweepAt(Date.now() + RETIRE_AFTER_MS + MINUTE_MS);
    const left = await Promise.all(requests.map(phaseOf));
    expect(left).toEqual([undefined, "Succeeded"]);
  });
});
