/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, test } from "vitest";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { findBoundRules, planWatches } from "../../../core/pipeline/watches.ts";

const ALERT = [{ alert: { to: "a", summary: "'x'" } }];

function toPipeline(rules: readonly object[], watch: readonly object[] = []): Pipeline {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "prod" } };
  const filled = rules.map((rule) => ({ once: "change", then: ALERT, ...rule }));
  const parsed = parsePipeline({ ...head, rules: filled, watch });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

test("rules with the same selection share a watch, in the order of the file", () => {
  const pipeline = toPipeline([
    { id: "a", on: { resource: "pods", labelSelector: "app=x" } },
    { id: "b", on: { resource: "pods" } },
    { id: "c", on: { labelSelector: " app=x ", resource: "pods", changes: ["deleted"] } },
  ]);
  const watches = planWatches(pipeline);
  expect(watches.map(({ rules }) => rules.map(({ id }) => id))).toEqual([["a", "c"], ["b"]]);
  expect(watches[0]?.key).toMatch(/^pods-[0-9a-f]{12}$/);
});

test("each namespace has its own watch, and all namespaces another one", () => {
  const pipeline = toPipeline([
    { id: "a", on: { resource: "jobs.batch", namespaces: ["n1", "n2"] } },
    { id: "b", on: { resource: "jobs.batch", namespaces: ["n2"] } },
    { id: "c", on: { resource: "jobs.batch" } },
  ]);
  const watches = planWatches(pipeline);
  expect(watches.map(({ namespace, rules }) => [namespace, rules.map(({ id }) => id)])).toEqual([
    ["n1", ["a"]],
    ["n2", ["a", "b"]],
    [null, ["c"]],
  ]);
  expect(new Set(watches.map(({ key }) => key)).size).toBe(3);
});

test("namespaces selected by labels are one watch over all namespaces, with its own key", () => {
  const pipeline = toPipeline([
    { id: "a", on: { resource: "jobs.batch", namespaces: { labelSelector: "team=data" } } },
    { id: "b", on: { resource: "jobs.batch", namespaces: { labelSelector: " team=data" } } },
    { id: "c", on: { resource: "jobs.batch", namespaces: { labelSelector: "team=web" } } },
    { id: "d", on: { resource: "jobs.batch" } },
    { id: "e", on: { resource: "jobs.batch", labelSelector: "team=data" } },
  ]);
  const watches = planWatches(pipeline);
  expect(
    watches.map(({ namespace, namespaceSelector, rules }) => [
      namespace,
      namespaceSelector,
      rules.map(({ id }) => id),
    ]),
  ).toEqual([
    [null, "team=data", ["a", "b"]],
    [null, "team=web", ["c"]],
    [null, undefined, ["d"]],
    [null, undefined, ["e"]],
  ]);
  expect(new Set(watches.map(({ key }) => key)).size).toBe(4);
});

function keyOf(rule: object): string | undefined {
  return planWatches(toPipeline([{ id: "a", on: { resource: "pods" }, ...rule }]))[0]?.key;
}

test("a key stays when anything but the selection changes", () => {
  const key = keyOf({});
  expect(keyOf({ id: "b", where: "true", initial: "include" })).toBe(key);
  expect(keyOf({ on: { resource: "pods", fieldSelector: "status.phase=Failed" } })).not.toBe(key);
});

test("keys are the same as in the first release, because journals and checkpoints depend on them", () => {
  const pipeline = toPipeline([{ id: "a", on: { resource: "jobs.batch" } }]);
  expect(planWatches(pipeline)[0]?.key).toBe("jobs.batch-8103ffd2f6b7");
});

test("an entry of watch requests all objects, even if a rule has the same selection", () => {
  const pipeline = toPipeline(
    [{ id: "a", on: { resource: "pods" } }],
    [{ resource: "pods" }, { resource: "nodes" }],
  );
  expect(
    planWatches(pipeline).map(({ resource, explicit, rules }) => [
      resource,
      explicit,
      rules.length,
    ]),
  ).toEqual([
    ["pods", true, 1],
    ["nodes", true, 0],
  ]);
});

test("rules are bound to their watch, and to no other", () => {
  const pipeline = toPipeline([
    { id: "a", on: { resource: "pods" } },
    { id: "b", on: { resource: "nodes" } },
  ]);
  const key = planWatches(pipeline)[1]?.key ?? "";
  expect(findBoundRules(pipeline, key).map(({ id }) => id)).toEqual(["b"]);
  expect(findBoundRules(pipeline, "pods-000000000000")).toEqual([]);
});

test("every state is delivered if a watch entry says so, on the watch that the rules share", () => {
  const rule = { id: "a", on: { resource: "pods" } };
  const [latest] = planWatches(toPipeline([rule]));
  const every = { resource: "pods", delivery: "every" };
  const watches = planWatches(
    toPipeline([rule], [every, { resource: "pods" }, { resource: "services" }]),
  );
  expect(watches.map(({ delivery }) => delivery)).toEqual(["every", "latest"]);
  expect(watches[0]?.key).toBe(latest?.key);
  expect(watches[0]?.rules.map(({ id }) => id)).toEqual(["a"]);
  expect(() => toPipeline([], [{ resource: "pods", delivery: "all" }])).toThrow(
    "expected latest or every",
  );
  expect(() => toPipeline([{ ...rule, on: every }])).toThrow("unknown key");
});
