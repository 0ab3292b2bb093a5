import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RemediationRequest } from "../../../events/request.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { kubemend, type Run } from "../../support/host/kubemend.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  startRemediationWorld,
  toPipeline,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const RERUN = toPipeline();
const PATIENT = toPipeline({ id: "patient", for: "10m" });

describe("kubemend remediations on a real API server", () => {
  let world: RemediationWorld;
  let ended: RemediationRequest;
  let waiting: RemediationRequest;

  beforeAll(async () => {
    world = await startRemediationWorld();
    ended = await remediate("ended", RERUN);
    // Records are ordered by the second in which they were made.
    await sleep(1_100);
    waiting = await remediate("waiting", PATIENT);
  });

  afterAll(async () => {
    await world?.stop();
  });

  async function remediate(name: string, pipeline: typeof RERUN): Promise<RemediationRequest> {
    const { job } = await createFailedRun(world, name);
    const request = toRequest(world, job, { pipeline });
    expect(await createScene(world, pipeline).deliver(request)).toEqual({ outcome: "done" });
    return request;
  }

  const list = (...args: readonly string[]): Run =>
    kubemend(["remediations", "--kubeconfig", world.kubeconfig, ...args]);

  it("prints what was done, to which object, how it ended, and what is waiting; oldest first", async () => {
    const { code, stdout } = await list().ended;
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Succeeded +rerun  Job default/ended-1 \\(.+\\)  ${ended.data.record}  \\d+[sm] ago$`,
        ),
      ),
      expect.stringMatching(/^ +created Job default\/ended-/),
      expect.stringMatching(
        new RegExp(
          `^Waiting +patient  Job default/waiting-1  ${waiting.data.record}  \\d+[sm] ago$`,
        ),
      ),
      expect.stringMatching(/^ +waiting until 2/),
    ]);
  });

  it("--rule shows the remediations of one rule, and reports if there are none", async () => {
    const one = await list("--rule", "patient", "--json").ended;
    expect(one.stdout.trimEnd().split("\n")).toHaveLength(1);
    const none = await list("--rule", "other").ended;
    expect([none.code, none.stdout + none.stderr]).toEqual([
      0,
      expect.stringContaining("No remediations."),
    ]);
  });

  it("--json prints one object per line, with identities and outcome", async () => {
    const run = list("--json");
    await run.ended;
    expect(run.records).toMatchObject([
      {
        name: ended.data.record,
        rule: "rerun",
        mode: "enforce",
        trigger: { kind: "Job", namespace: "default", name: "ended-1" },
        phase: "Succeeded",
        reason: "Remediated",
        took: expect.any(String),
        traceparent: ended.traceparent,
      },
      { name: waiting.data.record, phase: "Waiting", wakeAt: expect.any(String) },
    ]);
  });

  it("--watch prints each one again when it has changed, and ends on a signal", async () => {
    const { job } = await createFailedRun(world, "watched");
    const run = list("--watch", "--json");
    await run.record(({ name }) => name === ended.data.record);

    const request = toRequest(world, job);
    await createScene(world, RERUN).deliver(request);
    const seen = await run.record(
      ({ name, phase }) => name === request.data.record && phase === "Succeeded",
    );
    expect(seen).toMatchObject({ reason: "Remediated" });
    // An unchanged record is not printed twice.
    expect(run.records.filter(({ name }) => name === ended.data.record)).toHaveLength(1);
    run.process.kill("SIGINT");
    expect((await run.ended).code).toBe(0);
  });
});
