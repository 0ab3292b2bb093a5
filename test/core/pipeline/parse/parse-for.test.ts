/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, test } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";

const ALERT = { alert: { to: "team", summary: "'x'" } };
const NOT_READY = 'object.status.conditions.exists(c, c.type == "Ready" && c.status == "False")';

function findIssues(rule: object) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [{ id: "rule", on: { resource: "pods" }, then: [ALERT], for: "10m", ...rule }],
  });
  return parsed.ok ? [] : parsed.error;
}

test.each<[string, object]>([
  ["a derived condition", { on: { resource: "nodes" }, where: NOT_READY }],
  ["a written condition", { where: NOT_READY, once: { condition: "Ready" } }],
  ["the generation", { on: { resource: "jobs.batch" }, where: "true", once: "generation" }],
  [
    "a time in the key",
    {
      where: 'object.status.phase == "Pending"',
      once: { key: "object.status.conditions[0].lastTransitionTime" },
    },
  ],
  [
    "the time since which it is so in the key",
    { where: "has(object.status.problem)", once: { key: "object.status.problem.since" } },
  ],
  ["an object that is being deleted", { where: "has(object.metadata.deletionTimestamp)" }],
  [
    "one that has been for long",
    { where: "timestamp(object.metadata.deletionTimestamp) < now", once: "object" },
  ],
  [
    "one among other conditions",
    { where: 'object.metadata.name != "x" && has(object.metadata.deletionTimestamp)' },
  ],
  ["a Pod that has ended", { where: 'object.status.phase == "Failed"' }],
  ["no condition at all: that it exists", { once: "object" }],
  ["what never changes", { where: 'object.metadata.namespace == "prod"' }],
  [
    "a Job that has failed",
    {
      on: { resource: "jobs.batch" },
      where: 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
      once: "object",
    },
  ],
])("for is accepted with %s", (_what, rule) => {
  expect(findIssues(rule)).toEqual([]);
});

test.each<[string, object, string]>([
  ["the object, derived", { where: 'object.status.phase == "Pending"' }, "for"],
  ["the object, written", { where: NOT_READY, once: "object" }, "once"],
  ["each change", { where: NOT_READY, once: "change" }, "once"],
  ["a constant", { where: NOT_READY, once: { key: "'x'" } }, "once"],
  ["the uid", { where: NOT_READY, once: { key: "object.metadata.uid" } }, "once"],
  [
    "the time of creation",
    { where: NOT_READY, once: { key: "object.metadata.creationTimestamp" } },
    "once",
  ],
  [
    "an object that is not being deleted",
    { where: '!has(object.metadata.deletionTimestamp) && object.status.phase == "Pending"' },
    "for",
  ],
  [
    "one that is being deleted, or something else",
    { where: 'has(object.metadata.deletionTimestamp) || object.status.phase == "Pending"' },
    "for",
  ],
  ["a label, which can be taken off", { where: '"bad" in object.metadata.labels' }, "for"],
  ["the time", { where: "now > timestamp('2026-01-01T00:00:00Z')" }, "for"],
])(
  "for is refused with %s, and the message says which episodes can show a break",
  (_what, rule, place) => {
    const [issue] = findIssues(rule);
    expect(issue?.path).toEqual(["rules", 0, place]);
    expect(issue?.message).toContain("cannot notice a break");
    expect(issue?.hint).toContain("{ condition: <type> }");
  },
);
