import { expect, it } from "vitest";
import { createFailedJobs, type FailedJobs } from "./failed-jobs.ts";

const MINUTE_MS = 60_000;
const BREAKER = { breaker: { failures: 3, halfOpenAfter: "30m" }, stormBrake: "off" };

async function failThree(jobs: FailedJobs): Promise<void> {
  await jobs.failAll(["a", "b", "c"]);
  await jobs.endAll("failed");
}

it("starts nothing more when the remediations of several objects have failed in a row", async () => {
  const jobs = createFailedJobs(BREAKER);
  await failThree(jobs);
  expect(jobs.statusOf("c").phase).toBe("Failed");
  await jobs.fail("d");
  expect(jobs.statusOf("d")).toMatchObject({ phase: "Deferred", reason: "BreakerOpen" });
  expect(jobs.statusOf("d").message).toContain("of 3 objects have all failed");
});

it("is not open if one of them has succeeded", async () => {
  const jobs = createFailedJobs(BREAKER);
  await jobs.failAll(["a", "b"]);
  await jobs.endAll("failed");
  await jobs.fail("c");
  jobs.pass(1_000);
  await jobs.endAll("succeeded");
  await jobs.fail("d");
  await jobs.endAll("failed");
  await jobs.fail("e");
  expect(jobs.statusOf("e").phase).toBe("Waiting");
});

it("tries one remediation after its time, and closes if that succeeds", async () => {
  const jobs = createFailedJobs({ ...BREAKER, deferFor: "2h" });
  await failThree(jobs);
  jobs.pass(29 * MINUTE_MS);
  await jobs.failAll(["d", "e"]);
  expect(jobs.statusOf("d").phase).toBe("Deferred");
  jobs.pass(MINUTE_MS);
  await jobs.wakeDue();
  await jobs.wakeDue();
  const phases = () => ["d", "e"].map((name) => jobs.statusOf(name).phase).toSorted();
  expect(phases()).toEqual(["Deferred", "Waiting"]);
  await jobs.endAll("succeeded");
  await jobs.wakeDue();
  expect(phases()).toEqual(["Succeeded", "Waiting"]);
});

it("opens again if what it tried has failed, too", async () => {
  const jobs = createFailedJobs({ ...BREAKER, deferFor: "2h" });
  await failThree(jobs);
  jobs.pass(30 * MINUTE_MS);
  await jobs.fail("d");
  expect(jobs.statusOf("d").phase).toBe("Waiting");
  await jobs.endAll("failed");
  await jobs.fail("e");
  expect(jobs.statusOf("e")).toMatchObject({ phase: "Deferred", reason: "BreakerOpen" });
});

it("the failures of one object stop the rule for that object only", async () => {
  const jobs = createFailedJobs({ ...BREAKER, cooldown: "off" });
  for (const episode of ["one", "two", "three"]) {
    await jobs.fail("a", episode);
    await jobs.endAll("failed");
  }
  await jobs.fail("a", "four");
  expect(jobs.statusOf("a", "four")).toMatchObject({ reason: "TargetBreakerOpen" });
  await jobs.fail("b");
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});

it("leaves an object alone that comes back although its remediations succeed", async () => {
  const jobs = createFailedJobs({ cooldown: "off", breaker: { sameTarget: 2, within: "1h" } });
  for (const episode of ["one", "two"]) {
    await jobs.fail("a", episode);
    await jobs.endAll("succeeded");
  }
  await jobs.fail("a", "three");
  expect(jobs.statusOf("a", "three")).toMatchObject({ reason: "TargetBreakerOpen" });
  expect(jobs.statusOf("a", "three").message).toContain("remediated 2 times within 1h");
  await jobs.fail("b");
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});

it("another process, which did not see the failures, reads how the remediations ended", async () => {
  const jobs = createFailedJobs(BREAKER);
  await failThree(jobs);
  jobs.restart();
  jobs.pass(2_000);
  await jobs.fail("d");
  expect(jobs.statusOf("d")).toMatchObject({ phase: "Deferred", reason: "BreakerOpen" });
});

it("does not open if it is turned off", async () => {
  const jobs = createFailedJobs({ breaker: "off" });
  await jobs.failAll(["a", "b", "c", "d", "e", "f"]);
  await jobs.endAll("failed");
  await jobs.fail("g");
  expect(jobs.statusOf("g").phase).toBe("Waiting");
});

it("is open, too, if what the rule does then has succeeded each time", async () => {
  const jobs = createFailedJobs(BREAKER, {
    verify: { where: "has(object.status) && !has(object.status.conditions)", within: "10m" },
    onFailure: [{ emitEvent: { reason: "NotMended", message: "'look at it'" } }],
  });
  await failThree(jobs);
  expect(jobs.statusOf("c").phase).toBe("Succeeded");
  expect(jobs.statusOf("c").message).toContain("after verify failed");
  await jobs.fail("d");
  expect(jobs.statusOf("d")).toMatchObject({ phase: "Deferred", reason: "BreakerOpen" });
});
