import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RemediationRequest } from "../../../events/request.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";
import {
  startRemediateProcess,
  type RemediateProcess,
} from "../../support/functions/remediate-process.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import {
  findJobsOf,
  getRecord,
  RERUN_PIPELINE,
  startRemediationWorld,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const ROUNDS = 5;
const GUARDS = { maxPerHour: 1, maxInFlight: "off", breaker: "off", stormBrake: "off" };

/** A rule for each round, because each counts its own remediations. */
const DOCUMENT = {
  ...RERUN_PIPELINE,
  rules: Array.from({ length: ROUNDS + 1 }, (_, round) => ({
    ...RERUN_PIPELINE.rules[0],
    id: `race-${round}`,
    guards: GUARDS,
  })),
};

function toPipelineOf(round: number): Pipeline {
  const parsed = parsePipeline(DOCUMENT);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return { ...parsed.value, rules: parsed.value.rules.slice(round, round + 1) };
}

describe("two processes of remediate, on a real API server", () => {
  let world: RemediationWorld;
  let queues: SandboxQueues;
  let folder: ReturnType<typeof temporaryFolder>;
  let processes: readonly RemediateProcess[] = [];

  beforeAll(async () => {
    world = await startRemediationWorld();
    queues = await startQueues();
    folder = temporaryFolder();
    const pipeline = join(folder.path, "pipeline.json");
    writeFileSync(pipeline, JSON.stringify(DOCUMENT));
    const kubeconfig = world.kubeconfigs.remediate;
    const start = () => startRemediateProcess({ kubeconfig, pipeline, queues });
    processes = await Promise.all([start(), start()]);
  });

  afterAll(async () => {
    await Promise.all(processes.map((one) => one.kill()));
    await queues?.stop();
    await world?.stop();
    folder?.[Symbol.dispose]();
  });

  /** A request for each process, about a failed Job of its own. */
  const toRequests = (round: number): Promise<readonly RemediationRequest[]> =>
    Promise.all(
      processes.map(async (_, index) => {
        const { job } = await createFailedRun(world, `race-${round}-${index}`);
        return toRequest(world, job, { pipeline: toPipelineOf(round) });
      }),
    );

  const invokeAll = (requests: readonly RemediationRequest[]) =>
    Promise.all(
      requests.map((request, index) => {
        const one = processes[index];
        if (one === undefined) throw new Error("there are two processes");
        return one.invoke(request);
      }),
    );

  it("that ask for the last place of a rule at once: exactly one of them creates its Job", async () => {
    // Both have started, and know the cluster, before they race.
    await invokeAll(await toRequests(ROUNDS));
    for (let round = 0; round < ROUNDS; round += 1) {
      const requests = await toRequests(round);
      const outcomes = await invokeAll(requests);
      expect(outcomes).toMatchObject(requests.map(() => ({ outcome: "ok" })));
      const names = requests.map(({ data }) => data.record);
      const made = await Promise.all(names.map((name) => findJobsOf(world, name)));
      expect([round, made.flat().length]).toEqual([round, 1]);
      const records = await Promise.all(names.map((name) => getRecord(world, name)));
      const phases = records.map((record) => String(record?.status?.phase));
      expect(new Set(phases)).toEqual(new Set(["Deferred", "Succeeded"]));
    }
  });
});
