import { expect, it } from "vitest";
import type { GuardEntry } from "../../../../events/rule-guard.ts";
import { admit } from "../../../../core/guards/admit.ts";
import { findUncertain } from "../../../../core/guards/known-ends.ts";
import { toGuardSettings } from "../../../../core/pipeline/guards/parse-guards.ts";
import { createFailedJobs, type FailedJobs } from "./failed-jobs.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW_MS = Date.parse("2026-03-01T10:00:00.000Z");
const ENDS_OFF = { maxInFlight: "off", breaker: "off" } as const;

function toInProgress(count: number, ageMs: number): readonly GuardEntry[] {
  const admittedAt = new Date(NOW_MS - ageMs).toISOString();
  return Array.from({ length: count }, (_, index) => ({
    id: `${index}`.padStart(20, "0"),
    target: `object-${index}`,
    admittedAt,
  }));
}

it.each([
  ["all limits off", { ...ENDS_OFF, maxPerHour: "off", cooldown: "off", stormBrake: "off" }, 1_000],
  ["no limit that needs their ends", ENDS_OFF, HOUR_MS],
] as const)(
  "600 remediations whose ends nobody has read do not stop a rule with %s",
  (_what, guards, ageMs) => {
    const candidate = { id: "f".repeat(20), target: "another", isNew: true };
    const entries = toInProgress(600, ageMs);
    const { answers, status } = admit({ entries }, [candidate], toGuardSettings(guards), NOW_MS);
    expect(answers.get(candidate.id)).toEqual({ outcome: "admitted" });
    expect(status.entries).toHaveLength(1);
  },
);

it("keeps the entries of remediations that have ended only as long as a limit needs them", async () => {
  const jobs = createFailedJobs(ENDS_OFF);
  for (const name of ["a", "b", "c"]) {
    await jobs.fail(name);
    jobs.restart();
    await jobs.endAll("succeeded");
    jobs.restart();
    jobs.pass(HOUR_MS);
  }
  await jobs.fail("d");
  expect(jobs.entries()).toHaveLength(1);
});

it("reads how remediations ended before a guard has no room for another one", () => {
  const settings = toGuardSettings({ maxInFlight: 590, maxPerHour: "off", breaker: "off" });
  const open = toInProgress(580, 0);
  const endedAt = new Date(NOW_MS).toISOString();
  const ended = toInProgress(20, 0).map((entry) => ({ ...entry, id: `e${entry.id}`, endedAt }));
  expect(findUncertain([...open, ...ended.slice(1)], settings)).toEqual([]);
  expect(findUncertain([...open, ...ended], settings)).toEqual(open);
});

/** `b` expires while the run that looks at the waiting records is about to admit it, and another process writes the guard first. */
function expireBeforeAdmission(jobs: FailedJobs): void {
  const found = [...jobs.records.values()].find(({ spec }) => spec.trigger.name === "b");
  if (found?.status === undefined) throw new Error("b has no record");
  const { metadata, status } = found;
  jobs.server.onWrite = () => {
    jobs.server.onWrite = undefined;
    const expired = { ...status, phase: "Expired" as const, endedAt: jobs.now() };
    jobs.records.set(metadata.name, { ...found, status: expired });
    jobs.server.touch("rerun");
    jobs.pass(1_500);
  };
}

it("a record that ended before its admission was written gives its place back", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, deferFor: "5m" });
  await jobs.fail("a");
  await jobs.fail("b");
  jobs.pass(5 * MINUTE_MS - 2_000);
  expireBeforeAdmission(jobs);
  await jobs.endAll("succeeded");
  expect(jobs.statusOf("b").phase).toBe("Expired");
  jobs.pass(MINUTE_MS);
  jobs.restart();
  await jobs.fail("c");
  expect(jobs.statusOf("c").phase).toBe("Waiting");
});

it("a remediation that was admitted by a process whose clock is ahead gives its place back when it ends", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1 });
  await jobs.fail("a");
  const guard = jobs.server.guards.get("rerun");
  if (guard === undefined) throw new Error("the rule has no guard");
  const ahead = new Date(Date.parse(jobs.now()) + 15 * MINUTE_MS).toISOString();
  const entries = jobs.entries().map((entry) => ({ ...entry, admittedAt: ahead }));
  jobs.server.guards.set("rerun", { ...guard, status: { ...guard.status, entries } });
  await jobs.endAll("succeeded");
  await jobs.fail("b");
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});

it("what a process whose clock was ahead has counted holds others back for no longer than its limit", () => {
  const settings = toGuardSettings({ ...ENDS_OFF, maxPerHour: 2, stormBrake: { quiet: "10m" } });
  const ahead = toInProgress(2, -30 * 24 * HOUR_MS);
  const until = new Date(NOW_MS + 30 * 24 * HOUR_MS).toISOString();
  const candidate = (id: string) => ({ id: id.repeat(20), target: id, isNew: false });
  const storm = { since: until, until };
  const first = admit({ entries: ahead, storm }, [candidate("a")], settings, NOW_MS);
  expect(first.answers.get("a".repeat(20))).toMatchObject({ hold: { code: "Storm" } });
  const later = (ms: number) =>
    admit(
      { ...first.status, entries: first.status.entries ?? [] },
      [candidate("b")],
      settings,
      NOW_MS + ms,
    ).answers.get("b".repeat(20));
  expect(later(10 * MINUTE_MS)).toMatchObject({ hold: { code: "MaxPerHour" } });
  expect(later(HOUR_MS)).toEqual({ outcome: "admitted" });
});
