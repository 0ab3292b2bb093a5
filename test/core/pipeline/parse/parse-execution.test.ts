/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../../../core/text/duration.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";

const ALERT = { alert: { to: "team", summary: "'x'" } };
const RERUN = { createJobFromCronJob: {} };

function parse(rule: object) {
  return parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: "rerun", on: { resource: "jobs.batch" }, then: [RERUN, ALERT], ...rule }],
  });
}

it.each<[string, object]>([
  ["a parameter that does not exist", { annotate: { annotations: { x: "y" } } }],
  ["an action that does not exist", { anotate: { set: { x: "y" } } }],
])("%s is one fault: nothing is said about the actions as a whole", (_what, faulty) => {
  const parsed = parse({
    then: [faulty, ALERT],
    verify: {},
    reach: "cluster",
    ifGone: "act",
    guards: { mode: "approval", windows: ["Sat 02:00-04:00 UTC"], cooldown: "1m" },
  });
  expect(parsed.ok ? [] : parsed.error.map(({ path }) => path.slice(2, 4))).toEqual([["then", 0]]);
});

describe("the execution policy of a rule", () => {
  it("is read, with ten minutes as the default for a verification", () => {
    const parsed = parse({
      for: "1h30m",
      verify: { where: "object.status.succeeded == 1" },
      onFailure: [RERUN],
      guards: { mode: "approval", approveWithin: "2d" },
    });
    expect(parsed.ok && parsed.value.rules[0]).toMatchObject({
      forMs: 5_400_000,
      verify: { expression: "object.status.succeeded == 1", withinMs: 600_000 },
      onFailure: [{ action: "createJobFromCronJob" }],
      mode: "approval",
      approveWithinMs: 172_800_000,
    });
  });

  it.each<[string, object, string, RegExp]>([
    ["a duration that is none", { for: "ten minutes" }, "for", /duration such as 90s/],
    ["no time at all", { for: "0s" }, "for", /duration such as 90s/],
    ["at that is no CEL", { at: "object." }, "at", /CEL/],
    [
      "initial objects for a rule without added",
      { initial: "include", on: { resource: "jobs.batch", changes: ["modified"] } },
      "initial",
      /needs added in on.changes/,
    ],
    ["for beside at", { for: "1m", at: "now" }, "at", /exclude each other/],
    ["verify that is no CEL", { verify: { where: "(" } }, "verify.where", /CEL/],
    ["an unknown key of verify", { verify: { that: "x" } }, "verify.that", /unknown key/],
    ["four escalations", { onFailure: [RERUN, RERUN, RERUN, RERUN] }, "onFailure", /more than 3/],
    [
      "an escalation that only alerts",
      { onFailure: [ALERT] },
      "onFailure.0",
      /does not remediate anything/,
    ],
    ["an unknown escalation", { onFailure: [{ reboot: {} }] }, "onFailure.0.reboot", /unknown/],
    [
      "verify without a remediation",
      { then: [ALERT], verify: { where: "true" } },
      "verify",
      /only alerts/,
    ],
    [
      "approval without an alert that asks for it",
      { then: [RERUN], guards: { mode: "approval" } },
      "guards.mode",
      /alert that asks/,
    ],
    [
      "approval of nothing",
      { then: [ALERT], guards: { mode: "approval" } },
      "guards.mode",
      /remediates/,
    ],
    [
      "approveWithin without approval",
      { guards: { approveWithin: "1h" } },
      "guards.approveWithin",
      /mode: approval/,
    ],
  ])("refuses %s, with its place", (_what, rule, place, message) => {
    const parsed = parse(rule);
    const issues = parsed.ok ? [] : parsed.error;
    const found = issues.map(({ path, message }) => [path.slice(2).join("."), message]);
    expect(found).toContainEqual([place, expect.stringMatching(message)]);
  });
});

describe("what a rule does if its object is gone", () => {
  it("is to refuse unless it says act, and it gives up after the time that it states", () => {
    const parsed = parse({ ifGone: "act", giveUpAfter: "2h" });
    expect(parsed.ok && parsed.value.rules[0]).toMatchObject({
      ifGone: "act",
      giveUpAfterMs: 7_200_000,
    });
  });

  it.each<[string, object, RegExp]>([
    ["another word", { ifGone: "ignore" }, /expected refuse or act/],
    ["a rule that only alerts", { ifGone: "refuse", then: [ALERT] }, /only alerts/],
    [
      "a rule about deletions",
      { ifGone: "act", on: { resource: "jobs.batch", changes: ["deleted"] } },
      /always gone/,
    ],
    ["an action on the trigger", { ifGone: "act", then: [{ suspend: {} }] }, /suspend acts on/],
    [
      "a later action on the trigger",
      { ifGone: "act", onFailure: [{ suspend: null }] },
      /suspend acts on/,
    ],
    ["for", { ifGone: "act", for: "1m", once: "generation" }, /excludes for/],
    ["at", { ifGone: "act", at: "object.metadata.creationTimestamp" }, /excludes at/],
    ["an episode for each change", { ifGone: "act", once: "change" }, /act twice/],
  ])("is refused with the reason: %s", (_what, rule, message) => {
    const parsed = parse(rule);
    const issues = parsed.ok ? [] : parsed.error;
    const found = issues.map(({ path, message }) => [path.slice(2).join("."), message]);
    expect(found).toContainEqual(["ifGone", expect.stringMatching(message)]);
  });
});

describe("durations", () => {
  it.each([
    ["90s", 90_000, "90s"],
    ["10m", 600_000, "10m"],
    ["1h30m", 5_400_000, "90m"],
    ["2d", 172_800_000, "2d"],
  ])("%s is %d ms", (text, ms, written) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(written);
  });

  it.each(["", "10", "m", "1.5h", "-1m", "10 m", "1w", "__proto__"])(
    "%j is not a duration",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
