import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";
import { startGuardApi, toGuard, type GuardApiOptions } from "../guards/guard-api.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-pause-"));
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
`,
);

async function run(args: readonly string[], options: GuardApiOptions = {}) {
  await using api = await startGuardApi(folder, options);
  const { code, stdout, stderr } = await kubemend(args, { KUBECONFIG: api.kubeconfig }).ended;
  return { code, stdout, stderr, api };
}

const specOf = (api: Awaited<ReturnType<typeof run>>["api"], name: string) =>
  (api.guards.get(name) as { readonly spec?: unknown } | undefined)?.spec;

const PAUSED = { paused: { reason: "old", until: "2999-01-01T00:00:00Z" } };

test("pauses all rules: the guard is made with its label if there is none", async () => {
  const { code, stdout, stderr, api } = await run(["pause", "--reason", "network"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(
    "All rules are paused until somebody resumes it: network. Nothing more is started; what has begun is finished. kubemend resume ends it.\n",
  );
  expect(api.writes).toEqual(["POST all", "PATCH all"]);
  expect(api.guards.get("all")).toMatchObject({
    metadata: { labels: { "kubemend.dev/guard": "all" } },
    spec: { paused: { reason: "network" } },
  });
});

test("pauses one rule for a time, and says until when", async () => {
  const args = ["pause", "rerun", "--for", "2h", "--reason", "x", "--json"];
  const guards = [toGuard({ metadata: { name: "rerun" }, status: { entries: [] } })];
  const before = Date.now();
  const { stdout, api } = await run(args, { guards });
  const { until, ...rest } = JSON.parse(stdout) as Record<string, string>;
  expect(rest).toEqual({ type: "paused", rule: "rerun", reason: "x" });
  expect(Math.abs(Date.parse(until ?? "") - before - 7_200_000)).toBeLessThan(60_000);
  expect(specOf(api, "rerun")).toEqual({ paused: { reason: "x", until } });
  expect(api.writes).toEqual(["PATCH rerun"]);
});

test("a pause without a time takes the time of an earlier one away", async () => {
  const guards = [toGuard({ metadata: { name: "all" }, spec: PAUSED })];
  const { api } = await run(["pause", "--reason", "new"], { guards });
  expect(specOf(api, "all")).toEqual({ paused: { reason: "new" } });
});

test("resumes a rule, and says that all rules are still paused", async () => {
  const guards = ["all", "rerun"].map((name) => toGuard({ metadata: { name }, spec: PAUSED }));
  const { code, stdout, api } = await run(["resume", "rerun"], { guards });
  expect(code).toBe(0);
  expect(stdout).toContain("Rule rerun resumed");
  expect(stdout).toContain("Still: All rules are paused until 2999-01-01T00:00:00Z");
  expect(specOf(api, "rerun")).toEqual({});
});

test("resuming what is not paused changes nothing, and says so", async () => {
  const { code, stdout, api } = await run(["resume"]);
  expect([code, stdout]).toEqual([0, "All rules: there was no pause to end.\n"]);
  expect(api.writes).toEqual([]);
});

test("refuses a rule that the pipeline does not have, and says which one was meant", async () => {
  const args = ["pause", "rerum", "--reason", "x", "--config", config];
  const { code, stderr, api } = await run(args);
  expect(code).toBe(2);
  expect(stderr).toContain("the pipeline has no rule rerum; did you mean rerun?");
  expect(api.writes).toEqual([]);
});

test("warns of a rule of which nothing was started, if no pipeline file says that it exists", async () => {
  const guards = [toGuard({ metadata: { name: "rerun" } })];
  const { code, stderr, api } = await run(["pause", "rerum", "--reason", "x"], { guards });
  expect(code).toBe(0);
  expect(stderr).toContain("--config FILE checks it. Did you mean rerun?");
  expect(api.writes).toEqual(["POST rerum", "PATCH rerum"]);
});

test.each([
  [["pause"], "--reason"],
  [["pause", "--reason", " "], "--reason"],
  [["pause", "--reason", "x", "--for", "soon"], "--for"],
  [["pause", "Not_A_Rule", "--reason", "x"], "the id of a rule is lower-case letters"],
])("%j is misuse, and the message says what to change", async (args, text) => {
  const { code, stderr } = await run(args);
  expect(code).toBe(2);
  expect(stderr).toContain(text);
});

test("names the rights that are missing, with their verbs", async () => {
  const message = `ruleguards.kubemend.dev "all" is forbidden: User "ann" cannot patch resource "ruleguards"`;
  const forbidden = { method: "PATCH", message };
  const { code, stderr } = await run(["pause", "--reason", "x"], { forbidden });
  expect(code).toBe(1);
  expect(stderr).toContain(`resources: ["ruleguards"], verbs: ["create","list","patch"]`);
});

test("what an admission policy denies is no missing right", async () => {
  const message = `ruleguards.kubemend.dev "all" is forbidden: ValidatingAdmissionPolicy 'x' denied request: only people pause`;
  const { code, stderr } = await run(["pause", "--reason", "x"], {
    forbidden: { method: "PATCH", message },
  });
  expect(code).toBe(1);
  expect(stderr).toContain("only people pause");
  expect(stderr).not.toContain("needs this right");
});
