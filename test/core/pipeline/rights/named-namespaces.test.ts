import { expect, test } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { findNamedNamespaces } from "../../../../core/pipeline/rights/named-namespaces.ts";

function findIn(...rules: readonly object[]) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "c" },
    watch: [{ resource: "pods", namespaces: ["seen"] }],
    rules,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return findNamedNamespaces(parsed.value);
}

const RULE = {
  id: "a",
  on: { resource: "jobs.batch", namespaces: ["x", "y"] },
  once: "object",
  // oxlint-disable-next-line unicorn/no-thenable -- a key of the file format
  then: [{ createJobFromCronJob: {} }],
};

test("the namespaces that rules and entries of watch name are found, each with its rules", () => {
  const other = { ...RULE, id: "b", on: { ...RULE.on, namespaces: ["y"] } };
  expect(findIn(RULE, other)).toEqual([
    { name: "seen", rules: [] },
    { name: "x", rules: ["a"] },
    { name: "y", rules: ["a", "b"] },
  ]);
});

test("a rule about all namespaces names none, and that of the records is none of them", () => {
  const everywhere = { ...RULE, on: { resource: "jobs.batch" } };
  expect(findIn(everywhere)).toEqual([{ name: "seen", rules: [] }]);
});

test("a namespace in which a rule may act is named, too", () => {
  const then = [
    { restartRollout: { target: { resource: "deployments.apps", name: "web", namespace: "z" } } },
  ];
  // oxlint-disable-next-line unicorn/no-thenable -- a key of the file format
  expect(findIn({ ...RULE, reach: ["z"], whereTarget: "true", then })).toContainEqual({
    name: "z",
    rules: ["a"],
  });
});
