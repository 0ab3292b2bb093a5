import { expect, it } from "vitest";
import type { Selected } from "../../../../core/guards/hold.ts";
import { createFailedJobs } from "./failed-jobs.ts";

const create = (blastRadius: number | string, selected?: () => Selected) =>
  createFailedJobs({ blastRadius, cooldown: "off", deferFor: "2h" }, {}, undefined, selected);

it("remediates no more objects within an hour than it may, and the next one after that", async () => {
  const jobs = create(2);
  for (const name of ["a", "b", "c"]) await jobs.fail(name);
  expect(jobs.statusOf("b").phase).toBe("Waiting");
  expect(jobs.statusOf("c")).toMatchObject({ phase: "Deferred", reason: "BlastRadius" });
  await jobs.endAll("succeeded");
  await jobs.fail("a", "two");
  expect(jobs.statusOf("a", "two").phase).toBe("Waiting");
  jobs.pass(61 * 60_000);
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("c")).toMatchObject({ phase: "Waiting", reason: "Verifying" });
});

it("remediates a part of what the rule selects", async () => {
  const jobs = create("20%", () => ({ count: 10 }));
  for (const name of ["a", "b", "c"]) await jobs.fail(name);
  expect(jobs.statusOf("b").phase).toBe("Waiting");
  expect(jobs.statusOf("c")).toMatchObject({ phase: "Deferred", reason: "BlastRadius" });
  expect(jobs.statusOf("c").message).toContain("20% of 10 selected");
});

it("starts nothing while it is not known how many objects there are, and starts when it is", async () => {
  let selected: Selected = { unknown: "it cannot be counted how many jobs.batch it selects" };
  const jobs = create("20%", () => selected);
  await jobs.fail("a");
  expect(jobs.statusOf("a")).toMatchObject({ phase: "Deferred", reason: "BlastRadiusUnknown" });
  expect(jobs.requests.filter((line) => line === "POST jobs")).toEqual([]);
  selected = { count: 1 };
  jobs.pass(60_000);
  await jobs.wakeDue();
  await jobs.wakeDue();
  expect(jobs.statusOf("a").phase).toBe("Waiting");
});

it("a dry run says that it would be held back", async () => {
  const jobs = createFailedJobs({ blastRadius: "20%", mode: "dryRun" });
  await jobs.fail("a");
  expect(jobs.statusOf("a").message).toContain("it would be held back now: it is not known");
});
