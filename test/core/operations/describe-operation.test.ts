import { describe, expect, it } from "vitest";
import {
  describeAddress,
  describeOperation,
  describeValue,
} from "../../../core/operations/describe-operation.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";

const target = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespace: "data",
  name: "web",
};
const head = { target, uid: "web-uid" };
const toPatch = (...fields: readonly string[]): WriteOperation => ({
  ...head,
  type: "patch",
  name: "patch",
  changes: fields.map((field) => ({ path: ["spec", field], from: 1, to: 2 })),
});
const CREATE: WriteOperation = {
  type: "create",
  name: "create",
  target,
  metadata: {},
  specFrom: { source: { ...target, uid: "u" }, path: "spec", digest: "d" },
};

describe("what a write does", () => {
  it.each<readonly [WriteOperation, string, string]>([
    [CREATE, "create Deployment data/web", "created Deployment data/web"],
    [
      { ...head, type: "delete", name: "delete", propagationPolicy: "Background" },
      "delete Deployment data/web",
      "deleted Deployment data/web",
    ],
    [
      { ...head, type: "evict", name: "evict", withinMs: 1 },
      "evict Deployment data/web",
      "evicted Deployment data/web",
    ],
    [
      toPatch("replicas"),
      "change Deployment data/web: spec.replicas 1 -> 2",
      "changed Deployment data/web: spec.replicas 1 -> 2",
    ],
  ])("is described before and after it: $type", (operation, before, after) => {
    expect(describeOperation(operation)).toBe(before);
    expect(describeOperation(operation, true)).toBe(after);
  });

  it("is said of the object that the API server answered with", () => {
    const made = { kind: "Deployment", namespace: "data", name: "web-2" };
    expect(describeOperation(CREATE, true, made)).toBe("created Deployment data/web-2");
  });

  it("is said of five fields, and of how many more", () => {
    const fields = ["a", "b", "c", "d", "e"];
    expect(describeOperation(toPatch(...fields))).toMatch(/spec\.d 1 -> 2, spec\.e 1 -> 2$/u);
    expect(describeOperation(toPatch(...fields, "f", "g"))).toMatch(/spec\.e 1 -> 2, and 2 more$/u);
  });

  it("is nothing for an alert, and for a verification", () => {
    const alert = { type: "alert", name: "alert", to: "team", summary: "look" } as const;
    expect(describeOperation(alert)).toBeUndefined();
    const verify = {
      ...head,
      type: "verify",
      name: "verify",
      expression: "true",
      withinMs: 1,
    } as const;
    expect(describeOperation(verify)).toBeUndefined();
  });
});

it("an object of no namespace is named without one", () => {
  expect(describeAddress({ kind: "Node", namespace: null, name: "n" })).toBe("Node n");
});

it("a value is shown as JSON, up to 60 characters, and its absence in words", () => {
  expect([describeValue(undefined), describeValue(null), describeValue("a")]).toEqual([
    "(none)",
    "null",
    '"a"',
  ]);
  expect(describeValue("x".repeat(58))).toBe(`"${"x".repeat(58)}"`);
  expect(describeValue("x".repeat(59))).toBe(`"${"x".repeat(59)}…`);
});
