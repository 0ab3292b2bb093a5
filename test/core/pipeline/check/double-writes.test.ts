/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import { findDoubleWrites } from "../../../../core/pipeline/check/double-writes.ts";
import type { RuleAction } from "../../../../core/pipeline/pipeline.ts";

type Written = readonly [string, RuleAction["parameters"]];

const find = (...actions: readonly Written[]) =>
  findDoubleWrites({ then: actions.map(([action, parameters]) => ({ action, parameters })) }, []);

const owner = { relation: "owner", kind: "Deployment" };

it.each([
  ["a cordon before a drain, which cordons too", ["cordon", {}], ["drain", {}]],
  ["a label before the deletion", ["label", { set: { a: "x" } }], ["deleteObject", {}]],
  [
    "an Event about what was deleted",
    ["deleteObject", {}],
    ["emitEvent", { reason: "Gone", message: "x" }],
  ],
  ["two labels", ["label", { set: { a: "x" } }], ["label", { set: { b: "x" } }]],
  [
    "a label and an annotation of one name",
    ["label", { set: { a: "x" } }],
    ["annotate", { set: { a: "y" } }],
  ],
  [
    "different objects",
    ["cordon", { target: { name: "a" } }],
    ["uncordon", { target: { name: "b" } }],
  ],
  [
    "two containers",
    ["setResources", { container: "a", limits: { cpu: "1" } }],
    ["setResources", { container: "b", limits: { cpu: "2" } }],
  ],
  [
    "more memory, and a restart",
    ["setResources", { limits: { cpu: "1" } }],
    ["restartRollout", {}],
  ],
  ["two alerts", ["alert", { to: "a", summary: "x" }], ["alert", { to: "a", summary: "x" }]],
] as const)("%s may stand in one rule", (_, ...actions: readonly Written[]) => {
  expect(find(...actions)).toEqual([]);
});

it.each([
  [
    "one reference, with its resource and without",
    ["restartRollout", { target: owner }],
    ["restartRollout", { target: { ...owner, resource: "deployments.apps" } }],
  ],
  [
    "the same selection of many",
    ["suspend", { targets: { select: { resource: "cronjobs.batch" }, atMost: 5 } }],
    ["resume", { targets: { select: { resource: "cronjobs.batch" }, atMost: 5 } }],
  ],
] as const)("%s is the same object", (_, ...actions: readonly Written[]) => {
  expect(find(...actions)).toMatchObject([{ path: ["then", 1, actions[1]?.[0]] }]);
});
