import { expect, it } from "vitest";
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
  jobs.pass(30 * MINUTE_MS);
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
