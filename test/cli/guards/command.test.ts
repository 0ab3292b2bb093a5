import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { startGuardApi, toGuard, type GuardApiOptions } from "./guard-api.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-guards-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = join(folder, "pipeline.yaml");
writeFileSync(
  config,
  `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: c }
rules:
  - id: rerun
    on: { resource: jobs.batch }
    then: [ { createJobFromCronJob: { cronJob: owner } } ]
    guards: { maxInFlight: 2, cooldown: off }
  - id: tell
    on: { resource: jobs.batch }
    then: [ { alert: { to: team, summary: "'failed'" } } ]
`,
);

const SAMPLE = JSON.parse(
  readFileSync(
    join(findProjectRoot(), "events/samples/record-v1alpha1/valid/awaiting-approval.json"),
    "utf8",
  ),
) as RemediationRecord;

const ID = (digit: string) => digit.repeat(20);
const NOW = new Date().toISOString();

const toRecord = (digit: string, status: object) => ({
  ...SAMPLE,
  metadata: { ...SAMPLE.metadata, name: `rerun-${ID(digit)}` },
  spec: { ...SAMPLE.spec, mode: "enforce", rule: { ...SAMPLE.spec.rule, id: "rerun" } },
  status: { phase: "Waiting", ...status },
});

const HELD = { phase: "Deferred", reason: "MaxInFlight" };

const toEntries = (digits: readonly string[]) =>
  digits.map((digit) => ({ id: ID(digit), target: digit.repeat(12), admittedAt: NOW }));

const GUARD = toGuard({ metadata: { name: "rerun" }, status: { entries: toEntries(["a", "b"]) } });

async function run(args: readonly string[], options: GuardApiOptions = {}) {
  await using api = await startGuardApi(folder, options);
  return await kubemend(["guards", ...args], { KUBECONFIG: api.kubeconfig }).ended;
}

test("reads from the records which remediations have ended, because the guard does not know yet", async () => {
  const records = [toRecord("a", { phase: "Succeeded", endedAt: NOW }), toRecord("b", {})];
  const { code, stdout } = await run(["--config", config, "--json"], { guards: [GUARD], records });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    type: "guard",
    rule: "rerun",
    limits: "file",
    inProgress: 1,
    startedWithinHour: 2,
    next: { outcome: "admitted" },
  });
});

test("says for people what is counted, what holds back, and how many wait", async () => {
  const records = [
    toRecord("a", {}),
    toRecord("b", {}),
    toRecord("c", { ...HELD, deferUntil: "2026-03-01T10:30:00.000Z" }),
    toRecord("d", { ...HELD, deferUntil: "2026-03-01T10:10:00.000Z" }),
  ];
  const { stdout } = await run(["rerun", "--config", config], { guards: [GUARD], records });
  const [first, ...rest] = stdout.trimEnd().split("\n");
  expect(first).toMatch(/^rerun {2}the next match is held back until .* \(MaxInFlight\)$/);
  expect(rest).toEqual([
    "    in progress 2 of 2, started within the hour 2 of 60, matches within 5m 0 of 100, failed in a row 0 of 5",
    "    MaxInFlight: 2 of 2 remediations of the rule are in progress (maxInFlight); the next starts when one has ended",
    "    held back: 2",
    "    what has not started by then expires from 2026-03-01T10:10:00.000Z to 2026-03-01T10:30:00.000Z (deferFor)",
  ]);
});

test("without a pipeline file the limits are assumed, and it says so", async () => {
  const { stdout } = await run([], { guards: [GUARD], records: [toRecord("a", {})] });
  expect(stdout).toContain("the next match is started (limits assumed: --config FILE names them)");
});

test("a pause of all rules comes first, and holds back every rule", async () => {
  const all = toGuard({ metadata: { name: "all" }, spec: { paused: { reason: "network" } } });
  const { stdout } = await run(["--config", config], { guards: [all, GUARD] });
  const [first, second] = stdout.split("\n");
  expect(first).toContain("All rules are paused until somebody resumes it: network.");
  expect(second).toMatch(/^rerun {2}the next match is held back while the pause lasts \(Paused\)$/);
});

test("a rule that only alerts is held back by nothing, and it says so", async () => {
  const { stdout } = await run(["tell", "--config", config]);
  expect(stdout).toContain("the rule only alerts, so nothing holds it back");
});

test("a rule without a guard is unknown if no pipeline file names it", async () => {
  const { code, stderr } = await run(["rerum"], { guards: [GUARD] });
  expect(code).toBe(1);
  expect(stderr).toContain("Did you mean rerun?");
});

test("says where Kubemend is not that a pause there is none", async () => {
  const all = toGuard({ metadata: { name: "all" }, spec: { paused: { reason: "emergency" } } });
  const { stderr } = await run([], { guards: [all], relay: "absent" });
  expect(stderr).toContain("The namespace kubemend shows no sign of Kubemend");
});

test("doubts a rule whose guard only a pause has made", async () => {
  const { stdout } = await run([], { guards: [toGuard({ metadata: { name: "rerum" } })] });
  expect(stdout).toContain("its guard was made by a pause: is there such a rule?");
});

test("names the rights that are missing", async () => {
  const message = `ruleguards.kubemend.dev is forbidden: User "ann" cannot list resource "ruleguards"`;
  const { code, stderr } = await run([], { forbidden: { method: "GET", message } });
  expect(code).toBe(1);
  expect(stderr).toContain("kubemend guards needs these rights in the namespace kubemend:");
  expect(stderr).toContain(`resources: ["remediations"], verbs: ["list"]`);
});
