import { expect, it } from "vitest";
import { toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createFailedJobs } from "./failed-jobs.ts";

const MINUTE_MS = 60_000;

it("one that expires does not use its episode up: the next match starts it", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, deferFor: "5m" });
  await jobs.fail("a");
  await jobs.fail("b");
  jobs.pass(5 * MINUTE_MS);
  await jobs.wakeDue();
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Expired", reason: "MaxInFlight" });
  await jobs.endAll("succeeded");
  await jobs.fail("b");
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});

it("one whose object has recovered ends without an alert, and takes no place", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1 });
  await jobs.fail("a");
  await jobs.fail("b");
  await jobs.fail("c");
  jobs.put("jobs", toBackupJob({ metadata: { name: "b", uid: "b-uid" }, status: { failed: 0 } }));
  const alerts = jobs.alerts.length;
  await jobs.endAll("succeeded");
  await jobs.wakeDue();
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Refused", reason: "ConditionNoLongerHolds" });
  expect(jobs.alerts.length - alerts).toBe(1);
  await jobs.wakeDue();
  expect(jobs.statusOf("c")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});

it("is refused at once if the rule says so, and alerted, and the next match may start it", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, whenGuarded: "refuse" });
  await jobs.fail("a");
  await jobs.fail("b");
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Refused", reason: "MaxInFlight" });
  expect(jobs.alerts.at(-1)?.data).toMatchObject({ problem: { code: "MaxInFlight" } });
  await jobs.endAll("succeeded");
  await jobs.fail("b");
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});

it("an object that is refused again and again is alerted once for each guard that refuses it", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, whenGuarded: "refuse" });
  await jobs.fail("a");
  const codes = () => jobs.alerts.map(({ data }) => data.problem?.code);
  for (let change = 0; change < 10; change += 1) {
    jobs.pass(1_000);
    await jobs.fail("b");
  }
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Refused", reason: "MaxInFlight" });
  expect(codes()).toEqual(["MaxInFlight"]);
  jobs.server.pause("all", { reason: "network change" });
  await jobs.fail("b");
  await jobs.fail("b");
  expect(codes()).toEqual(["MaxInFlight", "Paused"]);
});

it("a dry run takes no place, and says what would hold it back", async () => {
  const jobs = createFailedJobs({ mode: "dryRun" });
  await jobs.fail("a");
  expect(jobs.statusOf("a").phase).toBe("DryRun");
  expect(jobs.statusOf("a").message).not.toContain("held back");
  expect(jobs.server.guards.has("rerun")).toBe(false);
  jobs.server.pause("all", { reason: "network change" });
  await jobs.fail("b");
  expect(jobs.statusOf("b").message).toContain(
    "it would be held back now: all rules are paused until somebody resumes it: network change",
  );
});

it("starts nothing while all rules are paused, and continues when they are resumed", async () => {
  const jobs = createFailedJobs();
  jobs.server.pause("all", { reason: "network change" });
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "Paused" });
  jobs.server.pause("all", undefined);
  jobs.pass(MINUTE_MS);
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("a").phase).toBe("Waiting");
});

it("starts nothing of a rule that is paused, until the time of the pause", async () => {
  const jobs = createFailedJobs();
  const until = new Date(Date.parse(jobs.now()) + 10 * MINUTE_MS).toISOString();
  jobs.server.pause("rerun", { reason: "being repaired", until });
  await jobs.fail("a");
  expect(jobs.statusOf("a").message).toContain(`the rule is paused until ${until}: being repaired`);
  jobs.pass(10 * MINUTE_MS);
  await jobs.fail("b");
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});

it("asks again when others were counted first as often as it tried, and is then admitted", async () => {
  const jobs = createFailedJobs();
  await jobs.fail("a");
  jobs.server.onWrite = (name) => jobs.server.touch(name);
  await jobs.fail("b");
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Deferred", reason: "GuardContended" });
  jobs.server.onWrite = undefined;
  jobs.pass(10_000);
  await jobs.wakeDue();
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});

it("a run that died after it was admitted leaks no place: the next run is admitted by the same entry", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1 });
  jobs.dieAfterAdmission();
  await jobs.fail("a");
  const admittedAt = jobs.now();
  expect(jobs.entries()).toMatchObject([{ admittedAt }]);
  jobs.restart();
  jobs.pass(MINUTE_MS);
  await jobs.fail("a");
  expect(jobs.statusOf("a").phase).toBe("Waiting");
  expect(jobs.entries()).toMatchObject([{ admittedAt }]);
});

it("a run that died before it woke those that it had admitted leaves them to the next check", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1 });
  await jobs.fail("a");
  await jobs.fail("b");
  await jobs.endAll("succeeded");
  // Its messages are lost, except for the wake-up of the guard.
  const kept = jobs.wakeups.filter(({ data }) => data.guard !== undefined);
  jobs.wakeups.splice(0, jobs.wakeups.length, ...kept);
  jobs.pass(MINUTE_MS);
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});

it("a wake-up that is not the planned one starts nothing and costs one request", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1 });
  await jobs.fail("a");
  await jobs.fail("b");
  jobs.server.requests.length = 0;
  const record = { namespace: "kubemend", name: "rerun", uid: "*" };
  await jobs.wakeAs({ record, due: jobs.now(), guard: { rule: "rerun" } });
  expect(jobs.server.requests).toEqual(["LIST"]);
});

it("one that nobody has looked at until long after its time is not started any more", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, deferFor: "5m" });
  await jobs.fail("a");
  await jobs.fail("b");
  jobs.pass(600 * MINUTE_MS);
  await jobs.endAll("succeeded");
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("b")).toMatchObject({ phase: "Expired", reason: "MaxInFlight" });
  expect(jobs.statusOf("b").message).toContain("not looked at before");
  await jobs.fail("b");
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});

it("one that is looked at a few minutes late is started", async () => {
  const jobs = createFailedJobs({ maxInFlight: 1, deferFor: "5m" });
  await jobs.fail("a");
  await jobs.fail("b");
  jobs.pass(9 * MINUTE_MS);
  await jobs.endAll("succeeded");
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("b").phase).toBe("Waiting");
});
