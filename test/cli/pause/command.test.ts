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

const PAUSED = { paused: { reason: "old", until: "2999-01-01T00:00:00Z", by: "bob" } };

test("pauses all rules: the guard is made with its label if there is none", async () => {
  const { code, stdout, stderr, api } = await run(["pause", "--reason", "network"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(
    "All rules are paused until somebody resumes it, by ann: network. Nothing more is started; what has begun is finished. kubemend resume ends it.\n",
  );
  expect(api.writes).toEqual(["POST all", "PATCH all"]);
  expect(api.guards.get("all")).toMatchObject({
    metadata: { labels: { "kubemend.dev/guard": "all" } },
    spec: { paused: { reason: "network", by: "ann" } },
  });
});

test("pauses one rule for a time, and says until when", async () => {
  const args = ["pause", "rerun", "--for", "2h", "--reason", "x", "--json"];
  const guards = [toGuard({ metadata: { name: "rerun" }, status: { entries: [] } })];
  const before = Date.now();
  const { stdout, api } = await run(args, { guards });
  const { until, ...rest } = JSON.parse(stdout) as Record<string, string>;
  expect(rest).toEqual({ type: "paused", rule: "rerun", reason: "x", by: "ann" });
  expect(Math.abs(Date.parse(until ?? "") - before - 7_200_000)).toBeLessThan(60_000);
  expect(specOf(api, "rerun")).toEqual({ paused: { reason: "x", until, by: "ann" } });
  expect(api.writes).toEqual(["PATCH rerun"]);
});

test("a pause without a time takes the time of an earlier one away, and says what it replaces", async () => {
  const guards = [toGuard({ metadata: { name: "all" }, spec: PAUSED })];
  const { api, stdout } = await run(["pause", "--reason", "new"], { guards });
  expect(specOf(api, "all")).toEqual({ paused: { reason: "new", by: "ann" } });
  expect(stdout).toMatch(
    /\nThis replaces the pause until 2999-01-01T00:00:00Z, for [^,:]+, by bob: old\.\n$/,
  );
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

const STARTED = { status: { entries: [] } };

test("refuses a rule of which nothing was started, because its guard could not be deleted", async () => {
  const guards = [
    toGuard({ metadata: { name: "rerun" }, ...STARTED }),
    toGuard({ metadata: { name: "reru" } }),
  ];
  const { code, stderr, api } = await run(["pause", "rerum", "--reason", "x"], { guards });
  expect(code).toBe(1);
  expect(stderr).toContain("nothing was paused. Did you mean rerun? --config FILE checks it");
  expect(api.writes).toEqual([]);
});

test("--force pauses a rule of which nothing was started", async () => {
  const { code, api } = await run(["pause", "rerum", "--reason", "x", "--force"]);
  expect(code).toBe(0);
  expect(api.writes).toEqual(["POST rerum", "PATCH rerum"]);
});

test("refuses to pause in a namespace where Kubemend is not, even if somebody's pause has a guard there", async () => {
  const guards = [toGuard({ metadata: { name: "all" } })];
  const { code, stderr, api } = await run(["pause", "--reason", "emergency"], {
    guards,
    relay: "absent",
  });
  expect(code).toBe(1);
  expect(stderr).toContain("The namespace kubemend shows no sign of Kubemend");
  expect(stderr).toContain("Nothing was paused.");
  expect(api.writes).toEqual([]);
});

test("a guard that a function has written shows that Kubemend is there", async () => {
  const guards = [toGuard({ metadata: { name: "rerun" }, ...STARTED })];
  const { code } = await run(["pause", "--reason", "x"], { guards, relay: "absent" });
  expect(code).toBe(0);
});

test("pauses with a warning where the user may not look whether Kubemend is there", async () => {
  const { code, stderr, api } = await run(["pause", "--reason", "x"], { relay: "forbidden" });
  expect(code).toBe(0);
  expect(stderr).toContain("Warning: nothing shows that Kubemend keeps its records");
  expect(api.writes).toEqual(["POST all", "PATCH all"]);
});

test("resuming a rule without a guard fails, and says what is paused", async () => {
  const guards = [toGuard({ metadata: { name: "rerun" }, spec: PAUSED, ...STARTED })];
  const { code, stderr, api } = await run(["resume", "rerum"], { guards });
  expect(code).toBe(1);
  expect(stderr).toContain("nothing was resumed. Did you mean rerun? Paused: rerun.");
  expect(api.writes).toEqual([]);
});

test("resuming a rule that is not paused says which pauses there are", async () => {
  const guards = [
    toGuard({ metadata: { name: "rerun" }, spec: PAUSED, ...STARTED }),
    toGuard({ metadata: { name: "other" }, ...STARTED }),
  ];
  const { code, stdout } = await run(["resume", "other"], { guards });
  expect(code).toBe(0);
  expect(stdout).toContain("Rule other: there was no pause to end.\nStill: Rule rerun is paused");
});

test("resuming where Kubemend is not says so", async () => {
  const { stderr } = await run(["resume"], { relay: "absent" });
  expect(stderr).toContain("The namespace kubemend shows no sign of Kubemend");
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
