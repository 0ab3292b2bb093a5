/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { PipelineIssue } from "../../../core/pipeline/pipeline.ts";
import { toProjection } from "../../../core/pipeline/projection.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";

const ALERT = { alert: { to: "a", summary: "'gone: ' + object.metadata.name" } };
const RERUN = (cronJob: unknown): object => ({ createJobFromCronJob: { cronJob } });

function parse(rules: readonly object[], watch: readonly object[] = []) {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "prod" } };
  const filled = rules.map((rule, index) => ({
    id: `r${index}`,
    on: { resource: "jobs.batch" },
    once: "object",
    then: [ALERT],
    ...rule,
  }));
  return parsePipeline({ ...head, rules: filled, watch });
}

function projections(...args: Parameters<typeof parse>): readonly string[] {
  const parsed = parse(...args);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return planWatches(parsed.value).map((watch) => toProjection(watch));
}

function issues(...args: Parameters<typeof parse>): readonly PipelineIssue[] {
  const parsed = parse(...args);
  return parsed.ok ? [] : parsed.error;
}

describe("metadata is enough for a rule that reads", () => {
  test.each([
    ["nothing", {}],
    ["names and labels", { where: 'object.metadata.labels["team"] == "data"' }],
    ["labels by a computed key", { where: 'object.metadata.labels[change.kind] == "x"' }],
    ["metadata as a whole", { where: "size(object.metadata) > 3" }],
    ["what an object is", { where: 'object.kind == "Job" && object["apiVersion"] == "batch/v1"' }],
    ["whether there is a label", { where: "has(object.metadata.labels.team)" }],
    [
      "owners by a macro",
      { where: 'object.metadata.ownerReferences.exists(o, o.kind == "CronJob")' },
    ],
    [
      "the change and the time",
      { where: 'change.kind == "added" && now > timestamp("2026-01-01T00:00:00Z")' },
    ],
    ["a generation as its episode", { once: "generation" }],
    ["a label as its episode", { once: { key: "object.metadata.labels.run" } }],
    ["its owner, for an action", { then: [RERUN("owner"), ALERT] }],
    ["its controller, for an action", { then: [RERUN({ relation: "controller" })] }],
    ["a named object, for an action", { then: [RERUN({ name: "backup" })] }],
    [
      "other objects live",
      {
        then: [RERUN("owner")],
        whereTarget: "object.spec.suspend == false",
        verify: { where: "object.status.succeeded == 1" },
      },
    ],
  ])("%s", (_what, rule) => {
    expect(projections([rule])).toEqual(["metadata"]);
  });
});

describe("whole objects are read for a rule that reads", () => {
  test.each([
    ["a field", { where: "object.status.failed > 0" }],
    ["a field by its name as text", { where: 'object["status"].failed > 0' }],
    ["whether a field is there", { where: "!has(object.status)" }],
    ["a field by a computed name", { where: "object[change.kind] == 1" }],
    ["the object as a whole", { where: "size(object) > 3" }],
    ["any of its fields", { where: "object.exists(key, key == 'spec')" }],
    ["the object through a macro", { where: "[object].exists(o, o.spec.suspend)" }],
    ["the object after a choice", { where: "(change.gap ? object : cluster).name == 'a'" }],
    ["references", { where: "references.exists(r, r.relation == 'owner')" }],
    [
      "a field in one branch of many",
      {
        where:
          "object.kind == 'Job' || (has(object.metadata.labels) && object.spec.parallelism > 1)",
      },
    ],
    ["a condition as its episode", { once: { condition: "Failed" } }],
    ["a field as its episode", { once: { key: "string(object.spec.parallelism)" } }],
    [
      "a field for when to begin",
      { at: "timestamp(object.status.startTime)", then: [RERUN("owner")] },
    ],
    [
      "a field for its summary",
      { then: [{ alert: { to: "a", summary: "object.status.reason" } }] },
    ],
    ["what it is about, for an action", { then: [RERUN({ relation: "involved" })] }],
    [
      "what it is about, for an action after a failure",
      { then: [RERUN("owner")], onFailure: [RERUN({ relation: "involved" })] },
    ],
  ])("%s", (_what, rule) => {
    expect(projections([rule])).toEqual(["full"]);
  });

  test("Events, which are about another object", () => {
    expect(projections([{ on: { resource: "events" } }])).toEqual(["full"]);
  });
});

test("one rule that reads more is enough for whole objects, and other watches stay as they are", () => {
  const reads = { where: "object.status.failed > 0" };
  expect(
    projections([{}, reads, { on: { resource: "jobs.batch", labelSelector: "a=b" } }]),
  ).toEqual(["full", "metadata"]);
});

test("an entry of watch asks for whole objects unless it says otherwise", () => {
  const entry = { resource: "jobs.batch" };
  expect(projections([{}], [entry])).toEqual(["full"]);
  expect(projections([{}], [{ ...entry, payload: "full" }])).toEqual(["full"]);
  expect(projections([{}], [{ ...entry, payload: "metadata" }])).toEqual(["metadata"]);
  expect(projections([], [{ ...entry, payload: "metadata" }])).toEqual(["metadata"]);
});

describe("payload: metadata", () => {
  const metadata = { resource: "jobs.batch", payload: "metadata" };

  test("refuses a rule that reads more, with the field, its place and a hint", () => {
    const where = "object.metadata.name != '' && object.status.failed > 0";
    expect(issues([{}, { where }], [metadata])).toEqual([
      {
        path: ["rules", 1, "where"],
        message: "reads object.status.failed, but the watch of jobs.batch has payload: metadata",
        hint: expect.stringContaining("remove payload: metadata"),
      },
    ]);
  });

  test("refuses it in summaries and parameters too", () => {
    const summary = { alert: { to: "a", summary: "string(object.spec.parallelism)" } };
    expect(issues([{ then: [ALERT, summary] }], [metadata])).toMatchObject([
      { path: ["rules", 0, "then", 1, "alert", "summary"] },
    ]);
    expect(issues([{ then: [RERUN({ relation: "involved" })] }], [metadata])).toMatchObject([
      {
        path: ["rules", 0, "then", 0, "createJobFromCronJob"],
        message: expect.stringContaining("reads references"),
      },
    ]);
  });

  test("is once for a rule of several namespaces", () => {
    const namespaces = ["n1", "n2"];
    const rule = { on: { resource: "jobs.batch", namespaces }, where: "has(object.spec)" };
    expect(issues([rule], [{ ...metadata, namespaces }])).toHaveLength(1);
  });

  test("leaves rules of other watches alone", () => {
    const rule = {
      on: { resource: "jobs.batch", labelSelector: "a=b" },
      where: "has(object.spec)",
    };
    expect(issues([rule], [metadata])).toEqual([]);
  });

  test("contradicts payload: full for the same objects", () => {
    expect(issues([], [metadata, { resource: "jobs.batch", payload: "full" }])).toMatchObject([
      { path: ["watch", 1, "payload"] },
    ]);
  });

  test("is one of two words", () => {
    expect(issues([], [{ resource: "jobs.batch", payload: "none" }])).toMatchObject([
      { path: ["watch", 0, "payload"], message: 'expected full or metadata, not "none"' },
    ]);
  });
});
