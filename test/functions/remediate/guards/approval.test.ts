import { expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { CRON_JOB } from "../../../support/functions/backup-objects.ts";
import { createFailedJobs, type FailedJobs } from "./failed-jobs.ts";

const MINUTE_MS = 60_000;

/** A person approves what the record of a Job asks. */
async function approve(jobs: FailedJobs, name: string, question?: number): Promise<void> {
  const found = [...jobs.records.values()].find(({ spec }) => spec.trigger.name === name);
  if (found === undefined) throw new Error(`${name} has no record`);
  const { metadata } = found;
  const approval = { decision: "approve", by: "alice", question } as const;
  jobs.records.set(metadata.name, { ...found, spec: { ...found.spec, approval } });
  const record = { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid };
  await jobs.wakeAs({ record, due: jobs.now() });
}

it("an approved remediation that a guard holds back until it expires is asked for again by the next match", async () => {
  const jobs = createFailedJobs({ mode: "approval" });
  await jobs.fail("a");
  jobs.server.pause("all", { reason: "network change" });
  await approve(jobs, "a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "Paused" });
  jobs.pass(60 * MINUTE_MS);
  await jobs.wakeDue();
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Expired", reason: "Paused" });
  jobs.server.pause("all", undefined);
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "AwaitingApproval", question: 2 });
  await approve(jobs, "a");
  expect(jobs.statusOf("a").phase).toBe("AwaitingApproval");
  await approve(jobs, "a", 2);
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});

it("an approved remediation that a guard refuses is asked for again by the next match", async () => {
  const jobs = createFailedJobs({ mode: "approval", whenGuarded: "refuse" });
  await jobs.fail("a");
  jobs.server.pause("all", { reason: "network change" });
  await approve(jobs, "a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Refused", reason: "Paused" });
  jobs.server.pause("all", undefined);
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "AwaitingApproval", question: 2 });
});

it.each([
  ["a closed window", { windows: ["Sun 12:00-13:00 UTC"] }, "WindowClosed"],
  ["a limit that is reached", { maxPerHour: 1, cooldown: "off" }, "MaxPerHour"],
] as const)("with refuse nobody is asked what %s would refuse", async (_what, guards, reason) => {
  const jobs = createFailedJobs({ mode: "approval", whenGuarded: "refuse", ...guards });
  await jobs.fail("first");
  if (reason === "MaxPerHour") await approve(jobs, "first");
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Refused", reason });
  expect(jobs.alerts.filter(({ id }) => id.endsWith("-approval"))).toHaveLength(
    reason === "MaxPerHour" ? 1 : 0,
  );
});

// The world begins at 10:00.
it("with refuse a person is asked by the next match in an open window", async () => {
  const jobs = createFailedJobs({
    mode: "approval",
    whenGuarded: "refuse",
    windows: ["12:00-13:00 UTC"],
  });
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Refused", reason: "WindowClosed" });
  jobs.pass(150 * MINUTE_MS);
  await jobs.fail("a");
  expect(jobs.statusOf("a").phase).toBe("AwaitingApproval");
});

it("stays ended if the definition of records has no field for the number of the question", async () => {
  const jobs = createFailedJobs({ mode: "approval", whenGuarded: "refuse" });
  await jobs.fail("a");
  jobs.server.pause("all", { reason: "network change" });
  await approve(jobs, "a");
  jobs.server.pause("all", undefined);
  const store = jobs.records.set.bind(jobs.records);
  jobs.records.set = (name, record) => {
    if (record.status?.question === undefined) return store(name, record);
    throw new KubemendError("UnknownField", "status.question", { retryable: false });
  };
  expect(await jobs.fail("a")).toEqual({ outcome: "done" });
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Refused", reason: "Paused" });
});

it("asks nobody for an approval while the rule is paused, and asks when it is resumed", async () => {
  const jobs = createFailedJobs({ mode: "approval", maxInFlight: 1 });
  jobs.server.pause("rerun", { reason: "being repaired" });
  await jobs.failAll(["a", "b"]);
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "Paused" });
  expect(jobs.alerts).toEqual([]);
  jobs.server.pause("rerun", undefined);
  jobs.pass(MINUTE_MS);
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("a").phase).toBe("AwaitingApproval");
  expect(jobs.statusOf("b").phase).toBe("AwaitingApproval");
  expect(jobs.alerts).toHaveLength(2);
});

it("asks for no more approvals than the storm brake lets pass", async () => {
  const jobs = createFailedJobs({ mode: "approval", stormBrake: { matches: 5 } });
  await jobs.failAll(["a", "b", "c", "d", "e"]);
  await jobs.failAll(["f", "g", "h"]);
  expect(jobs.alerts).toHaveLength(5);
  expect(jobs.statusOf("f")).toMatchObject({ phase: "Deferred", reason: "Storm" });
});

it("an approval is no second match, and a question takes no place", async () => {
  const jobs = createFailedJobs({ mode: "approval", stormBrake: { matches: 2, within: "1m" } });
  await jobs.failAll(["a", "b"]);
  expect(jobs.entries().filter(({ admittedAt }) => admittedAt !== undefined)).toEqual([]);
  jobs.pass(2 * MINUTE_MS);
  await jobs.failAll(["c"]);
  await approve(jobs, "a");
  await approve(jobs, "b");
  expect(jobs.statusOf("a").phase).toBe("Waiting");
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});

it("a guard may hold back what was approved for as long as any other, although it held back the question", async () => {
  const jobs = createFailedJobs({ mode: "approval", deferFor: "5m" });
  jobs.server.pause("all", { reason: "network change" });
  await jobs.fail("a");
  jobs.server.pause("all", undefined);
  jobs.pass(MINUTE_MS);
  await jobs.wakeDue();
  await jobs.wakeDue();
  jobs.pass(10 * MINUTE_MS);
  jobs.server.pause("all", { reason: "network change" });
  await approve(jobs, "a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "Paused" });
});

it("asks for an approval of what onFailure would write, if the actions have nothing to do", async () => {
  const suspended = { ...CRON_JOB, spec: { ...Object(CRON_JOB["spec"]), suspend: true } };
  const jobs = createFailedJobs(
    { mode: "approval" },
    {
      then: [
        { suspend: { target: { relation: "controller" } } },
        { alert: { to: "team", summary: "object.metadata.name" } },
      ],
      onFailure: [{ createJobFromCronJob: { concurrencyPolicy: "ignore", suspend: "ignore" } }],
    },
  );
  jobs.put("cronjobs", suspended);
  await jobs.fail("a");
  for (let minute = 0; minute < 15; minute += 1) {
    jobs.pass(MINUTE_MS);
    await jobs.wakeDue();
  }
  expect(jobs.statusOf("a").phase).toBe("AwaitingApproval");
  expect(jobs.requests).not.toContain("POST jobs");
  await approve(jobs, "a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Waiting", approvedBy: "alice" });
});

it("an approval is kept beyond the time for the decision while a guard holds the remediation back", async () => {
  const guards = {
    mode: "approval",
    approveWithin: "10m",
    maxPerHour: 1,
    maxInFlight: "off",
    deferFor: "2h",
  };
  const jobs = createFailedJobs(guards);
  await jobs.fail("a");
  await approve(jobs, "a");
  await jobs.endAll("succeeded");
  jobs.pass(30 * MINUTE_MS);
  await jobs.fail("b");
  await approve(jobs, "b");
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Deferred", reason: "MaxPerHour" });
  for (let minute = 0; minute < 31; minute += 1) {
    jobs.pass(MINUTE_MS);
    await jobs.wakeDue();
    await jobs.wakeDue();
  }
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Waiting", approvedBy: "alice" });
});
