import { expect, it } from "vitest";
import { createFailedJobs, type FailedJobs } from "./failed-jobs.ts";

const yes = (): boolean => true;

const toHeldAlerts = ({ alerts }: FailedJobs) =>
  alerts.filter(({ data }) => data.problem?.code === "HeldBack").map(({ data }) => data);

it("the rule's receivers get an alert that a guard holds a remediation back, until when and why", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, deferFor: "30m" }, {}, yes);
  await jobs.fail("a");
  expect(toHeldAlerts(jobs)).toEqual([]);
  await jobs.fail("b");
  const [alert, ...more] = toHeldAlerts(jobs);
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ to: "team", trigger: { name: "b" }, grouping: {} });
  expect(alert?.alertId).toBe(`${alert?.record?.name}/alert-held`);
  expect(alert?.problem?.message).toMatch(
    /^MaxInFlight: .*\. It waits until 2026-03-01T10:30:00.000Z at most; nothing has been done$/,
  );
});

it("the alert is sent before the wait is saved, so that a run that dies in between sends it again", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1 }, {}, yes);
  await jobs.fail("a");
  const areSaved: boolean[] = [];
  const push = jobs.alerts.push.bind(jobs.alerts);
  jobs.alerts.push = (...alerts) => {
    areSaved.push([...jobs.records.values()].some(({ status }) => status?.phase === "Deferred"));
    return push(...alerts);
  };
  await jobs.fail("b");
  expect(areSaved).toEqual([false]);
});

it("asks for each rule and namespace whether it may alert now", async () => {
  const asked: string[] = [];
  const jobs = createFailedJobs({ maxInFlight: 1 }, {}, (of) => {
    asked.push(of);
    return false;
  });
  await jobs.fail("a");
  await jobs.fail("b");
  expect(asked).toEqual(["rerun/data"]);
  expect(toHeldAlerts(jobs)).toEqual([]);
});

it("sends no alert about a remediation that only asks again in a moment", async () => {
  const jobs = createFailedJobs({}, {}, yes);
  await jobs.fail("a");
  jobs.server.onWrite = (name) => jobs.server.touch(name);
  await jobs.fail("b");
  expect(jobs.statusOf("b")).toMatchObject({ reason: "GuardContended" });
  expect(toHeldAlerts(jobs)).toEqual([]);
});

it("holds it back all the same if the alert cannot be sent", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1 }, {}, yes);
  await jobs.fail("a");
  jobs.alerts.push = () => {
    throw new Error("the queue is away");
  };
  await jobs.fail("b");
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Deferred", reason: "MaxInFlight" });
});
