import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertMessage } from "../../../events/alert.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import {
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { toTestRun } from "../../support/functions/test-run.ts";

const HOUR_MS = 60 * 60_000;

describe("guards by time on a real API server", () => {
  let world: RemediationWorld;

  beforeAll(async () => {
    world = await startRemediationWorld({ admission: true });
  });

  afterAll(async () => {
    await world?.stop();
  });

  it("a record that expired by day, during a freeze, asks for an approval when it is reopened at night", async () => {
    const noonMs = new Date().setUTCHours(12, 0, 0, 0);
    const freeze = {
      from: new Date(noonMs).toISOString(),
      to: new Date(noonMs + HOUR_MS).toISOString(),
    };
    const modes = [{ during: "22:00-06:00 UTC", mode: "approval" }, { mode: "enforce" }];
    const guards = { modes, freezes: [freeze], deferFor: "10m" };
    const alert = { alert: { to: "team", summary: "'please approve'" } };
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    const pipeline = toPipeline({ guards, then: [{ createJobFromCronJob: null }, alert] });
    const alerts: AlertMessage[] = [];
    const { job } = await createFailedRun(world, "by-time");
    const request = toRequest(world, job, { pipeline });
    const { record: name } = request.data;
    const deliverAt = async (nowMs: number) => {
      const deps = toDeps(world, { pipeline, alerts, guarded: true, now: () => nowMs });
      await processMessage(JSON.stringify(request), deps, toTestRun(nowMs));
      return getRecord(world, name);
    };
    const held = await deliverAt(noonMs);
    expect(held?.spec.mode).toBe("enforce");
    expect(held?.status).toMatchObject({ phase: "Deferred", reason: "Frozen" });
    const expired = await deliverAt(noonMs + 11 * 60_000);
    expect(expired?.status).toMatchObject({ phase: "Expired", reason: "Frozen" });
    const asked = await deliverAt(noonMs + 11 * HOUR_MS);
    expect(asked?.status).toMatchObject({ phase: "AwaitingApproval", mode: "approval" });
    expect(await findJobsOf(world, name)).toEqual([]);
  });
});
