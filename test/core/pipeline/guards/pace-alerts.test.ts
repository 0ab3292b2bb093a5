/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, test } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";

const ALERT = { alert: { to: "ops", summary: "'x'" } };

function windowsOf(guards: object, then: readonly object[] = [ALERT]): readonly unknown[] {
  const rule = { id: "a", on: { resource: "jobs.batch" }, then, guards };
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "c" } };
  const parsed = parsePipeline({ ...head, rules: [rule] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const [first] = parsed.value.rules;
  return (first?.then ?? []).map(({ parameters }) => parameters["window"]);
}

test.each([
  [4, "15m"],
  [1, "1h"],
  [7, "515s"],
  [60, "5m"],
])("a rule that only alerts, with maxPerHour: %d, has windows of %s", (maxPerHour, window) => {
  expect(windowsOf({ maxPerHour })).toEqual([window]);
});

test("a longer window that the rule has stays", () => {
  const alert = { alert: { ...ALERT.alert, window: "2h" } };
  expect(windowsOf({ maxPerHour: 4 }, [alert])).toEqual(["2h"]);
});

test("without maxPerHour, and in a rule that remediates, windows are as written", () => {
  expect(windowsOf({})).toEqual([undefined]);
  expect(windowsOf({ maxPerHour: "off" })).toEqual([undefined]);
  const job = { createJobFromCronJob: {} };
  expect(windowsOf({ maxPerHour: 4 }, [job, ALERT])).toEqual([undefined, undefined]);
});
