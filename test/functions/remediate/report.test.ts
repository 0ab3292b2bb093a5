import { expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import { createTelemetry } from "../../../adapters/lambda/telemetry.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { reportEnd } from "../../../functions/remediate/report.ts";
import { captureLines } from "../../adapters/lambda/invocation.ts";
import { toRecord } from "../../core/records/record.ts";

const alert = { alert: { to: "team", summary: "'x'" } };
const parsed = parsePipeline({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "test" },
  rules: [
    {
      id: "rerun",
      on: { resource: "jobs.batch" },
      // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
      then: [{ createJobFromCronJob: {} }, alert],
    },
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    {
      id: "only-alerts",
      on: { resource: "jobs.batch" },
      for: "1m",
      once: "generation",
      then: [alert],
    },
  ],
});

async function report(
  phase: "Succeeded" | "Failed" | "Refused",
  more: Partial<RecordStatus> = {},
  rule = "rerun",
) {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { spec, ...rest } = toRecord({
    phase,
    reason: "Remediated",
    message: "created Job data/backup-2",
    endedAt: "2026-03-01T10:00:01.250Z",
    ...more,
  });
  const record = { ...rest, spec: { ...spec, rule: { ...spec.rule, id: rule } } };
  const { logger } = createTelemetry("test");
  const { lines } = await captureLines(async () => reportEnd(record, parsed.value, logger));
  return lines;
}

it("logs an end in one line with the trace id of its change", async () => {
  const [line] = (await report("Succeeded")).filter(
    ({ message }) => message === "remediation ended",
  );
  expect(line).toMatchObject({
    level: "INFO",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    record: "rerun-0123456789abcdef0123",
    rule: "rerun",
    action: "createJobFromCronJob",
    outcome: "Succeeded",
    reason: "Remediated",
    trigger: "Job data/backup-1",
    latencyMs: 1250,
  });
  expect(await report("Failed")).toContainEqual(
    expect.objectContaining({ level: "ERROR", outcome: "Failed" }),
  );
});

it("counts it by rule, action and outcome, and measures the time from the change to the end", async () => {
  const dimensions = { rule: "rerun", action: "createJobFromCronJob", outcome: "Succeeded" };
  const lines = await report("Succeeded");
  expect(lines).toContainEqual(expect.objectContaining({ ...dimensions, Remediation: 1 }));
  expect(lines).toContainEqual(
    expect.objectContaining({ ...dimensions, RemediationLatency: 1250 }),
  );
  const [metric] = lines.filter((line) => line["Remediation"] === 1);
  expect(metric?.["_aws"]).toMatchObject({
    CloudWatchMetrics: [
      {
        Namespace: "Kubemend",
        Dimensions: [expect.arrayContaining(["rule", "action", "outcome"])],
        Metrics: [{ Name: "Remediation", Unit: "Count" }],
      },
    ],
  });
});

it("counts an end that only says that a wait is over as WaitEnded, and as no remediation", async () => {
  const waitedUntil = "2026-03-01T10:05:00.000Z";
  const lines = await report("Refused", { reason: "ConditionNoLongerHolds", waitedUntil });
  expect(lines).toContainEqual(
    expect.objectContaining({ rule: "rerun", action: "createJobFromCronJob", WaitEnded: 1 }),
  );
  expect(lines.filter((line) => "Remediation" in line || "RemediationLatency" in line)).toEqual([]);
  expect(await report("Refused", { reason: "OutOfReach", waitedUntil })).toContainEqual(
    expect.objectContaining({ outcome: "Refused", Remediation: 1 }),
  );
});

it("names no action of a rule that only alerts, nor of one that is gone", async () => {
  for (const rule of ["only-alerts", "removed"]) {
    expect(await report("Succeeded", {}, rule)).toContainEqual(
      expect.objectContaining({ rule, action: "none", Remediation: 1 }),
    );
  }
});
