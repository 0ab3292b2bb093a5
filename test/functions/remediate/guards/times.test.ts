import { expect, it } from "vitest";
import { createFailedJobs } from "./failed-jobs.ts";

const HOUR_MS = 60 * 60_000;
/** The world begins on Sunday, 1 March 2026, at 10:00 UTC. */
const NIGHT = "22:00-06:00 UTC";
const BY_NIGHT = { modes: [{ during: NIGHT, mode: "approval" }, { mode: "enforce" }] };

it("starts nothing outside the maintenance windows, says when the next begins, and starts it then", async () => {
  const jobs = createFailedJobs({ windows: ["Sun 12:00-13:00 UTC"], deferFor: "1d" });
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "WindowClosed" });
  expect(jobs.statusOf("a").message).toContain("the next begins at 2026-03-01T12:00:00.000Z");
  jobs.pass(2 * HOUR_MS - 1);
  await jobs.wakeDue();
  expect(jobs.statusOf("a").phase).toBe("Deferred");
  jobs.pass(1_001);
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});

it("starts what matches in a maintenance window at once", async () => {
  const jobs = createFailedJobs({ windows: ["Sun 10:00-11:00 UTC"] });
  await jobs.fail("a");
  expect(jobs.statusOf("a").phase).toBe("Waiting");
});

it("what no window comes for in time expires", async () => {
  const jobs = createFailedJobs({ windows: ["Sun 12:00-13:00 UTC"], deferFor: "1h" });
  await jobs.fail("a");
  jobs.pass(HOUR_MS);
  await jobs.wakeDue();
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Expired", reason: "WindowClosed" });
});

it("starts nothing during a freeze, says why, and continues when it ends", async () => {
  const from = "2026-03-01T00:00:00Z";
  const freezes = [{ from, to: "2026-03-01T12:00:00Z", reason: "a big sale" }];
  const jobs = createFailedJobs({ freezes, deferFor: "1d" });
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "Frozen" });
  expect(jobs.statusOf("a").message).toContain("until 2026-03-01T12:00:00.000Z (freezes): a big");
  jobs.pass(2 * HOUR_MS);
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("a").phase).toBe("Waiting");
});

it("a remediation that was admitted, and has not begun when its window closes, waits for the next", async () => {
  const jobs = createFailedJobs({ windows: ["10:00-11:00 UTC"], deferFor: "2d" });
  jobs.dieAfterAdmission();
  await jobs.fail("a");
  jobs.pass(HOUR_MS);
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "WindowClosed" });
});

it("asks for an approval outside the windows, and not during a freeze", async () => {
  const closed = createFailedJobs({ mode: "approval", windows: [NIGHT], deferFor: "1d" });
  await closed.fail("a");
  expect(closed.statusOf("a").phase).toBe("AwaitingApproval");
  const freezes = [{ from: "2026-03-01T00:00:00Z", to: "2026-03-01T12:00:00Z" }];
  const frozen = createFailedJobs({ mode: "approval", freezes, deferFor: "1d" });
  await frozen.fail("a");
  expect(frozen.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "Frozen" });
});

it.each([
  ["2h", ""],
  ["1h", "; one that is given before 2026-03-01T11:00:00.000Z expires before that (deferFor 1h)"],
])(
  "a question outside the windows says when an approval takes effect (deferFor: %s)",
  async (deferFor, lost) => {
    const windows = ["12:00-13:00 UTC"];
    const jobs = createFailedJobs({ mode: "approval", windows, deferFor });
    await jobs.fail("a");
    const said = `an approval is kept until a guard lets it start, at 2026-03-01T12:00:00.000Z at the earliest (WindowClosed)${lost}`;
    expect(jobs.statusOf("a").preview?.at(-1)).toBe(said);
    expect(jobs.alerts[0]?.data.summary).toContain(`; ${said}. kubemend approve`);
  },
);

it("a question inside the windows says nothing of them", async () => {
  const jobs = createFailedJobs({ mode: "approval", windows: ["10:00-11:00 UTC"] });
  await jobs.fail("a");
  expect(jobs.statusOf("a").preview?.join("\n")).not.toContain("an approval is kept");
});

it("the mode is that of the time at which the record is made, and stays", async () => {
  const jobs = createFailedJobs(BY_NIGHT);
  await jobs.fail("by-day");
  expect(jobs.statusOf("by-day").phase).toBe("Waiting");
  jobs.pass(12 * HOUR_MS);
  await jobs.fail("by-night");
  expect(jobs.statusOf("by-night").phase).toBe("AwaitingApproval");
  jobs.pass(10 * HOUR_MS);
  await jobs.fail("by-night");
  expect(jobs.statusOf("by-night").phase).toBe("AwaitingApproval");
  const modes = [...jobs.records.values()].map(({ spec }) => spec.mode);
  expect(modes).toEqual(["enforce", "approval"]);
});

it("the same episode has one record, whatever the mode is by then", async () => {
  const jobs = createFailedJobs(BY_NIGHT);
  await jobs.fail("a");
  jobs.pass(12 * HOUR_MS);
  await jobs.fail("a");
  expect(jobs.records.size).toBe(1);
});

it("a record that is reopened has the mode of that time", async () => {
  const freezes = [{ from: "2026-03-01T00:00:00Z", to: "2026-03-01T12:00:00Z" }];
  const jobs = createFailedJobs({ ...BY_NIGHT, freezes, deferFor: "1h" });
  await jobs.fail("a");
  jobs.pass(HOUR_MS);
  await jobs.wakeDue();
  expect(jobs.statusOf("a").phase).toBe("Expired");
  jobs.pass(12 * HOUR_MS);
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "AwaitingApproval", mode: "approval" });
  jobs.pass(24 * HOUR_MS);
  await jobs.fail("a");
  expect(jobs.statusOf("a").phase).toBe("Expired");
  jobs.pass(9 * HOUR_MS);
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});
