import { expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { FAILED_JOB_TRIGGER } from "../../../support/failed-job.ts";
import { CRON_JOB } from "../../../support/functions/backup-objects.ts";
import { createFailedJobs } from "./failed-jobs.ts";

const MINUTE_MS = 60_000;
const STORM = {
  stormBrake: { matches: 5, within: "5m", quiet: "10m" },
  maxInFlight: "off",
  breaker: "off",
  deferFor: "1h",
};

const toNames = (count: number, prefix = "job") =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

it("starts nothing more while more matches come than the brake lets pass", async () => {
  const jobs = createFailedJobs(STORM);
  for (const name of toNames(5)) await jobs.fail(name);
  expect(jobs.statusOf("job-4").phase).toBe("Waiting");
  await jobs.fail("one-more");
  expect(jobs.statusOf("one-more")).toMatchObject({ phase: "Deferred", reason: "Storm" });
  await jobs.endAll("succeeded");
  await jobs.wakeDue();
  expect(jobs.statusOf("one-more").phase).toBe("Deferred");
});

it("counts matches for which nothing can be done, because what they need does not exist", async () => {
  const jobs = createFailedJobs(STORM);
  const found = [...jobs.objects].find(([, { kind }]) => kind === "CronJob");
  jobs.objects.delete(found?.[0] ?? "");
  for (const name of toNames(5)) await jobs.fail(name);
  expect(jobs.statusOf("job-4").phase).toBe("Refused");
  jobs.put("cronjobs", CRON_JOB);
  await jobs.fail("one-more");
  expect(jobs.statusOf("one-more")).toMatchObject({ phase: "Deferred", reason: "Storm" });
});

it("counts matches whose object is gone before anything is started", async () => {
  const jobs = createFailedJobs(STORM);
  for (const name of toNames(5)) {
    const trigger = { ...FAILED_JOB_TRIGGER, name, uid: `${name}-uid` };
    await jobs.deliver({ onceKey: "one", trigger }, { isSigned: true });
  }
  expect(jobs.statusOf("job-4")).toMatchObject({ phase: "Refused", reason: "TriggerGone" });
  await jobs.fail("one-more");
  expect(jobs.statusOf("one-more")).toMatchObject({ phase: "Deferred", reason: "Storm" });
});

it("a match that cannot be counted ends all the same, and its alert is sent", async () => {
  const jobs = createFailedJobs(STORM);
  const found = [...jobs.objects].find(([, { kind }]) => kind === "CronJob");
  jobs.objects.delete(found?.[0] ?? "");
  jobs.server.onWrite = () => {
    throw new KubemendError("Unreachable", "cut", { retryable: true });
  };
  await jobs.fail("job");
  expect(jobs.statusOf("job").phase).toBe("Refused");
  expect(jobs.alerts).toHaveLength(1);
});

it("does not count the same match twice", async () => {
  const jobs = createFailedJobs(STORM);
  for (const name of [...toNames(5), ...toNames(5), ...toNames(5)]) await jobs.fail(name);
  await jobs.fail("job-0");
  expect(jobs.server.guards.get("rerun")?.status?.storm).toBeUndefined();
});

it("a match is counted once if the run that counted it died, and its message is delivered again", async () => {
  const jobs = createFailedJobs({ ...STORM, stormBrake: { matches: 1 } });
  jobs.dieAfterAdmission();
  await jobs.fail("a");
  jobs.restart();
  jobs.pass(MINUTE_MS);
  await jobs.fail("a");
  expect(jobs.statusOf("a").phase).toBe("Waiting");
  expect(jobs.server.guards.get("rerun")?.status?.storm).toBeUndefined();
});

it("starts remediations again when it has been quiet, and each further match delays that", async () => {
  const jobs = createFailedJobs(STORM);
  for (const name of toNames(6)) await jobs.fail(name);
  jobs.pass(9 * MINUTE_MS);
  await jobs.fail("later");
  const wake = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      jobs.pass(MINUTE_MS);
      await jobs.wakeDue();
      await jobs.wakeDue();
    }
  };
  await wake(9);
  expect(jobs.statusOf("job-5").phase).toBe("Deferred");
  await wake(2);
  expect(jobs.statusOf("job-5").phase).toBe("Waiting");
  expect(jobs.statusOf("later").phase).toBe("Waiting");
});

it("writes little while a storm lasts, however many matches come", async () => {
  const jobs = createFailedJobs(STORM);
  await jobs.failAll(toNames(10));
  jobs.server.requests.length = 0;
  for (let batch = 0; batch < 10; batch += 1) {
    jobs.pass(1_000);
    await jobs.failAll(toNames(10, `more-${batch}`));
  }
  const writes = jobs.server.requests.filter((line) => line.startsWith("PUT"));
  expect(writes.length).toBeLessThanOrEqual(1);
  expect(jobs.statusOf("more-9-9")).toMatchObject({ phase: "Deferred", reason: "Storm" });
});

it("those that have waited for too long expire, and say which guard held them back", async () => {
  const jobs = createFailedJobs({ ...STORM, deferFor: "5m" });
  for (const name of toNames(6)) await jobs.fail(name);
  jobs.pass(5 * MINUTE_MS);
  await jobs.wakeDue();
  expect(jobs.statusOf("job-5")).toMatchObject({ phase: "Expired", reason: "Storm" });
  expect(jobs.alerts.at(-1)?.data).toMatchObject({ problem: { code: "Storm" } });
});

it("one object that is refused at each of its changes does not keep a storm up", async () => {
  const jobs = createFailedJobs({
    stormBrake: STORM.stormBrake,
    maxInFlight: "off",
    breaker: "off",
    whenGuarded: "refuse",
  });
  for (const name of toNames(6)) await jobs.fail(name);
  for (let minute = 0; minute < 10; minute += 1) {
    expect(jobs.statusOf("job-5")).toMatchObject({ phase: "Refused", reason: "Storm" });
    jobs.pass(MINUTE_MS);
    await jobs.fail("job-5");
  }
  expect(jobs.statusOf("job-5").phase).toBe("Waiting");
  await jobs.fail("other");
  expect(jobs.statusOf("other").phase).toBe("Waiting");
});

it("a second storm of the same objects is one, although a guard has held each of them back before", async () => {
  const jobs = createFailedJobs({ ...STORM, deferFor: "1m" });
  await jobs.failAll(toNames(20));
  jobs.pass(MINUTE_MS + 1_000);
  await jobs.wakeDue();
  expect(jobs.statusOf("job-0")).toMatchObject({ phase: "Expired", reason: "Storm" });
  jobs.pass(11 * MINUTE_MS);
  await jobs.failAll(toNames(20));
  expect(jobs.statusOf("job-0")).toMatchObject({ phase: "Deferred", reason: "Storm" });
});

it("does not count one that waits for its target as a match each time it asks", async () => {
  const stormBrake = { matches: 5, within: "1m", quiet: "2m" };
  const off = { maxInFlight: "off", maxPerHour: "off", cooldown: "off", breaker: "off" };
  const verify = { where: "object.status.succeeded == 1", within: "10h" };
  const jobs = createFailedJobs({ stormBrake, ...off, deferFor: "30m" }, { verify });
  const names = toNames(8);
  for (const episode of ["one", "two"]) {
    for (const name of names) {
      await jobs.fail(name, episode);
      jobs.pass(2 * MINUTE_MS);
      await jobs.wakeDue();
    }
  }
  for (const name of names) expect(jobs.statusOf(name, "two").reason).toBe("TargetHeld");
  for (let minute = 0; minute < 8; minute += 1) {
    jobs.pass(MINUTE_MS);
    await jobs.wakeDue();
  }
  await jobs.fail("new");
  expect(jobs.statusOf("new").phase).toBe("Waiting");
});
