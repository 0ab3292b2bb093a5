import { expect, it } from "vitest";
import { toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createFailedJobs, type FailedJobs } from "./failed-jobs.ts";

const HOUR_MS = 3_600_000;
const OTHERS = ["c", "d", "e", "f"];

const countStarted = (jobs: FailedJobs, names: readonly string[]): number =>
  names.filter((name) => jobs.statusOf(name).phase === "Waiting").length;

it("an object that matches again within a second of its refusal is counted for maxPerHour", async () => {
  const guards = { maxPerHour: 2, maxInFlight: "off", cooldown: "off", whenGuarded: "refuse" };
  const jobs = createFailedJobs(guards);
  for (const name of ["a", "b"]) await jobs.fail(name);
  jobs.pass(HOUR_MS - 700);
  for (const name of OTHERS) await jobs.fail(name);
  expect(jobs.statusOf("f")).toMatchObject({ phase: "Refused", reason: "MaxPerHour" });
  jobs.pass(750);
  for (const name of OTHERS) await jobs.fail(name);
  expect(countStarted(jobs, OTHERS)).toBe(2);
});

it("an object that matches again in the millisecond of its refusal is counted for maxInFlight", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, stormBrake: "off", whenGuarded: "refuse" });
  await jobs.fail("a");
  for (const name of OTHERS) await jobs.fail(name);
  await jobs.endAll("succeeded");
  for (const name of OTHERS) await jobs.fail(name);
  expect(countStarted(jobs, OTHERS)).toBe(1);
});

it("objects that were held back, recovered and match again at once are counted", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, cooldown: "off" });
  await jobs.fail("a");
  for (const name of OTHERS) await jobs.fail(name);
  const recovered = (name: string) =>
    toBackupJob({
      metadata: { name, uid: `${name}-uid`, labels: { episode: "one" } },
      status: { failed: 0 },
    });
  for (const name of OTHERS) jobs.put("jobs", recovered(name));
  await jobs.endAll("succeeded");
  for (let round = 0; round < OTHERS.length + 1; round += 1) await jobs.wakeDue();
  expect(jobs.statusOf("f")).toMatchObject({ phase: "Refused", reason: "ConditionNoLongerHolds" });
  jobs.pass(300);
  for (const name of OTHERS) await jobs.fail(name);
  expect(countStarted(jobs, OTHERS)).toBe(1);
});
