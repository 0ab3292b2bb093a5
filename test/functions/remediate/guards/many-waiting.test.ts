import { expect, it } from "vitest";
import { createFailedJobs, type FailedJobs } from "./failed-jobs.ts";

const LIMITS_OFF = { maxInFlight: "off", maxPerHour: "off", breaker: "off" };
const toNames = (count: number, prefix = "job") =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** Each second the wake-ups that are due arrive. */
async function wakeFor(jobs: FailedJobs, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    jobs.pass(1_000);
    await jobs.wakeDue();
  }
}

const countWrites = (jobs: FailedJobs) =>
  jobs.server.requests.filter((line) => line.startsWith("PUT")).length;

it("more than a hundred that wait for the end of a pause are looked at once a minute", async () => {
  const jobs = createFailedJobs({ stormBrake: "off" });
  jobs.server.pause("all", { reason: "network change" });
  await jobs.failAll(toNames(101));
  jobs.server.requests.length = 0;
  await wakeFor(jobs, 180);
  expect(countWrites(jobs)).toBeLessThanOrEqual(4);
});

it("a storm of 500 matches is looked at once a minute", async () => {
  const jobs = createFailedJobs();
  for (let batch = 0; batch < 50; batch += 1) await jobs.failAll(toNames(10, `job-${batch}`));
  jobs.server.requests.length = 0;
  await wakeFor(jobs, 120);
  expect(countWrites(jobs)).toBeLessThanOrEqual(3);
});

it("those that follow the first hundred start soon after them", async () => {
  const jobs = createFailedJobs({ ...LIMITS_OFF, stormBrake: "off" });
  jobs.server.pause("all", { reason: "network change" });
  await jobs.failAll(toNames(150));
  jobs.server.pause("all", undefined);
  await wakeFor(jobs, 63);
  const phases = [...jobs.records.values()].map(({ status }) => status?.phase);
  expect(phases.filter((phase) => phase === "Waiting")).toHaveLength(150);
});

it("a hundred records that their own object's cooldown holds back do not delay those of other objects", async () => {
  const jobs = createFailedJobs({
    cooldown: "25m",
    maxInFlight: 2,
    stormBrake: "off",
    breaker: "off",
  });
  await jobs.fail("often", "e0");
  await jobs.endAll("succeeded");
  for (let episode = 1; episode <= 100; episode += 1) await jobs.fail("often", `x${episode}x`);
  jobs.pass(1_000);
  await jobs.failAll(["p", "q"]);
  await jobs.fail("other");
  expect(jobs.statusOf("other")).toMatchObject({ phase: "Deferred", reason: "MaxInFlight" });
  expect(jobs.statusOf("often", "x100x")).toMatchObject({ phase: "Deferred", reason: "Cooldown" });
  await jobs.endAll("succeeded");
  await jobs.wakeDue();
  expect(jobs.statusOf("other").phase).toBe("Waiting");
});
