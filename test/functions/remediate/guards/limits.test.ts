import { expect, it } from "vitest";
import { createFailedJobs } from "./failed-jobs.ts";

const MINUTE_MS = 60_000;

it("starts as many remediations of a rule as may be in progress, and holds the others back", async () => {
  const jobs = createFailedJobs({ maxInFlight: 2 });
  for (const name of ["a", "b", "c"]) await jobs.fail(name);
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
  expect(jobs.statusOf("c")).toMatchObject({ phase: "Deferred", reason: "MaxInFlight" });
  expect(jobs.statusOf("c").message).toContain("2 of 2 remediations of the rule are in progress");
  expect(jobs.requests.filter((line) => line === "POST jobs")).toHaveLength(2);
});

it("starts one that waits as soon as another one has ended", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, cooldown: "off" });
  await jobs.fail("a");
  await jobs.fail("b");
  expect(jobs.statusOf("b").phase).toBe("Deferred");
  await jobs.endAll("succeeded");
  expect(jobs.statusOf("a").phase).toBe("Succeeded");
  await jobs.wakeDue();
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});

it("starts no more within an hour than it may, and the next one when the first is an hour old", async () => {
  const jobs = createFailedJobs({ maxPerHour: 2, maxInFlight: "off" });
  await jobs.fail("a");
  jobs.pass(40 * MINUTE_MS);
  await jobs.fail("b");
  await jobs.fail("c");
  expect(jobs.statusOf("c")).toMatchObject({ phase: "Deferred", reason: "MaxPerHour" });
  jobs.pass(19 * MINUTE_MS);
  await jobs.wakeDue();
  expect(jobs.statusOf("c").phase).toBe("Deferred");
  for (let minute = 0; minute < 2; minute += 1) {
    jobs.pass(MINUTE_MS);
    await jobs.wakeDue();
    await jobs.wakeDue();
  }
  expect(jobs.statusOf("c")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});

it("leaves an object alone until its cooldown ends, and no other", async () => {
  const jobs = createFailedJobs({ cooldown: "10m" });
  await jobs.fail("a", "one");
  await jobs.endAll("succeeded");
  jobs.pass(9 * MINUTE_MS);
  await jobs.fail("a", "two");
  await jobs.fail("b");
  expect(jobs.statusOf("a", "two")).toMatchObject({ phase: "Deferred", reason: "Cooldown" });
  expect(jobs.statusOf("b").phase).toBe("Waiting");
  jobs.pass(MINUTE_MS);
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("a", "two")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});

it("counts a remediation once, however often its message is delivered", async () => {
  const jobs = createFailedJobs({ maxInFlight: 2 });
  await jobs.fail("a");
  await jobs.fail("a");
  await jobs.fail("b");
  expect(jobs.statusOf("b").phase).toBe("Waiting");
  expect(jobs.entries()).toHaveLength(2);
});

it("costs two requests more, the read of the guard and its write", async () => {
  const jobs = createFailedJobs();
  await jobs.fail("a");
  jobs.server.requests.length = 0;
  await jobs.fail("b");
  await jobs.endAll("succeeded");
  expect(jobs.server.requests).toEqual(["LIST", "PUT rerun"]);
});

it("admits those that ask at once with few writes", async () => {
  const jobs = createFailedJobs();
  await jobs.failAll(Array.from({ length: 10 }, (_, index) => `job-${index}`));
  const writes = jobs.server.requests.filter((line) => line.startsWith("PUT"));
  expect(writes.length).toBeLessThanOrEqual(2);
  expect(jobs.entries().filter(({ admittedAt }) => admittedAt !== undefined)).toHaveLength(10);
});

it("when many end at once, those that wait are checked twice at most, and as many start as may", async () => {
  const jobs = createFailedJobs({ stormBrake: "off" });
  const toNames = (prefix: string) =>
    Array.from({ length: 10 }, (_, index) => `${prefix}-${index}`);
  await jobs.failAll(toNames("first"));
  await jobs.failAll([...toNames("second"), ...toNames("third")]);
  jobs.server.requests.length = 0;
  await jobs.endAll("succeeded");
  expect(jobs.server.requests.length).toBeLessThanOrEqual(4);
  await jobs.wakeDue();
  const phases = [...jobs.records.values()].map(({ status }) => status?.phase);
  const count = (phase: string) => phases.filter((one) => one === phase).length;
  expect([count("Succeeded"), count("Waiting"), count("Deferred")]).toEqual([10, 10, 10]);
});

it("admits 500 requests of one rule, ten at a time, with few writes", async () => {
  const jobs = createFailedJobs({}, {});
  for (let batch = 0; batch < 50; batch += 1) {
    await jobs.failAll(Array.from({ length: 10 }, (_, index) => `job-${batch}-${index}`));
  }
  const writes = jobs.server.requests.filter((line) => line.startsWith("PUT"));
  expect(writes.length).toBeLessThanOrEqual(60);
  const phases = [...jobs.records.values()].map(({ status }) => status?.phase);
  expect(phases.filter((phase) => phase === "Waiting")).toHaveLength(10);
  expect(phases.filter((phase) => phase === "Deferred")).toHaveLength(490);
});
