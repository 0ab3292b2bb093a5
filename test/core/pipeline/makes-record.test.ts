/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, test } from "vitest";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { makesRecord } from "../../../core/pipeline/makes-record.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";

const ALERT = { alert: { to: "team", summary: "'x'" } };

function parse(rule: object) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [
      { id: "rule", on: { resource: "jobs.batch" }, once: "generation", then: [ALERT], ...rule },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

test.each<[string, object, boolean]>([
  ["only alerts", {}, false],
  ["only alerts, later", { for: "10m" }, true],
  ["only alerts, at a time", { at: "object.metadata.creationTimestamp" }, true],
  ["remediates", { then: [{ createJobFromCronJob: {} }] }, true],
])("a rule that %s makes a record or not", (_what, rule, expected) => {
  const pipeline = parse(rule);
  expect(pipeline.rules.map(makesRecord)).toEqual([expected]);
  const { sweep } = planPermissions(pipeline, builtinCatalog());
  // Only the object of a record is asked whether it still exists.
  expect(JSON.stringify(sweep).includes('"jobs"')).toBe(expected);
});
