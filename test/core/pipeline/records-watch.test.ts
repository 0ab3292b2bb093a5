/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, test } from "vitest";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planOwnWatch } from "../../../core/pipeline/records-watch.ts";

function watchOf(guards: object) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [
      {
        id: "rerun",
        on: { resource: "jobs.batch" },
        then: [{ createJobFromCronJob: null }, { alert: { to: "ops", summary: "'x'" } }],
        guards,
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return planOwnWatch(parsed.value)?.labelSelector;
}

test("the relay watches the records of a rule that asks for approvals, if only at night", () => {
  const night = { during: "22:00-06:00 UTC", mode: "approval" };
  expect(watchOf({})).toBeUndefined();
  expect(watchOf({ mode: "approval" })).toBe("kubemend.dev/mode=approval");
  expect(watchOf({ modes: [night, { mode: "enforce" }] })).toBe("kubemend.dev/mode=approval");
});
