/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { findRule } from "../../../core/records/find-rule.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { toRecord } from "./record.ts";

function toPipeline(to: string, id = "rerun"): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id, on: { resource: "jobs.batch" }, then: [{ alert: { to, summary: "'x'" } }] }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function toRecordOf(pipeline: Pipeline) {
  const record = toRecord();
  const rule = { id: "rerun", digest: pipeline.rules[0]?.digest ?? "" };
  return { ...record, spec: { ...record.spec, rule } };
}

describe("findRule", () => {
  it("finds the rule that requested the record", () => {
    const pipeline = toPipeline("a");
    expect(findRule(toRecordOf(pipeline), pipeline)).toEqual({
      ok: true,
      value: pipeline.rules[0],
    });
  });

  it.each([
    ["changed", toPipeline("b"), "was changed"],
    ["removed", toPipeline("a", "other"), "is no longer in the pipeline"],
  ])("refuses if the rule was %s", (_what, pipeline, message) => {
    expect(findRule(toRecordOf(toPipeline("a")), pipeline)).toEqual({
      ok: false,
      error: {
        phase: "Refused",
        reason: "RuleChanged",
        message: expect.stringContaining(message),
      },
    });
  });
});
