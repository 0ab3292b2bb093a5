import { expect, it } from "vitest";
import { UNPRINTABLE } from "../../../../core/text/printable.ts";
import { createFailedJobs } from "./failed-jobs.ts";

const EVIL = "stop\u001B[31m\u202Enow\nResumed.";
const isClean = (text: string | undefined): boolean => text?.search(UNPRINTABLE) === -1;

it.each([
  ["a pause", {}, "Paused"],
  [
    "a freeze",
    { freezes: [{ from: "2026-03-01T00:00:00Z", to: "2026-03-02T00:00:00Z", reason: EVIL }] },
    "Frozen",
  ],
])("the reason of %s is one printable line in record and alert", async (_what, guards, reason) => {
  const jobs = createFailedJobs({ ...guards, whenGuarded: "refuse" });
  if (reason === "Paused") jobs.server.pause("all", { reason: EVIL });
  await jobs.fail("a");
  const { message } = jobs.statusOf("a");
  const alerted = jobs.alerts[0]?.data.problem?.message;
  expect(jobs.statusOf("a").reason).toBe(reason);
  expect(message).toContain(String.raw`: stop\u001b[31m\u202enow\nResumed.`);
  expect([isClean(message), isClean(alerted)]).toEqual([true, true]);
});

it("a long reason of a pause does not fill the message", async () => {
  const jobs = createFailedJobs();
  jobs.server.pause("all", { reason: `begin ${"x".repeat(1_000)} end` });
  await jobs.fail("a");
  const { message = "" } = jobs.statusOf("a");
  expect(message).toMatch(/begin x+ … x+ end$/);
  expect(message.length).toBeLessThan(400);
});
