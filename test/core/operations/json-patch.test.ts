import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import { readChangePath, toJsonPatch } from "../../../core/operations/json-patch.ts";
import type { ChangePath } from "../../../core/operations/operation.ts";
import { applySteps } from "../../support/kubernetes/object-server.ts";

type Change = { readonly path: ChangePath; readonly to?: unknown };

function toObject(spec: unknown): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "A",
    metadata: { name: "a", uid: "u" },
    spec,
  };
}

function apply(spec: unknown, ...changes: readonly Change[]): unknown {
  const object = toObject(spec);
  const steps = toJsonPatch(
    object,
    changes.map(({ path, to }) => ({ path: ["spec", ...path], to })),
  );
  return steps.ok ? applySteps(object, steps.value)["spec"] : steps.error;
}

describe("changes become a JSON Patch that an API server applies", () => {
  it.each<readonly [string, unknown, readonly Change[], unknown]>([
    ["a field is set", { a: 1 }, [{ path: ["a"], to: 2 }], { a: 2 }],
    ["a field is added", {}, [{ path: ["a"], to: 2 }], { a: 2 }],
    ["a null counts as absent", { a: null }, [{ path: ["a", "b"], to: 2 }], { a: { b: 2 } }],
    ["a field is removed", { a: 1, b: 2 }, [{ path: ["a"] }], { b: 2 }],
    ["what is not there is not removed", { b: 2 }, [{ path: ["a"] }], { b: 2 }],
    [
      "missing maps are made",
      {},
      [{ path: ["a", "b", "c/d~e"], to: 1 }],
      { a: { b: { "c/d~e": 1 } } },
    ],
    [
      "two changes share a map that is missing",
      {},
      [
        { path: ["a", "b"], to: 1 },
        { path: ["a", "c"], to: 2 },
      ],
      { a: { b: 1, c: 2 } },
    ],
    [
      "an element is found by its values, wherever it is",
      { l: [{ n: "x" }, { n: "y", v: 1 }] },
      [{ path: ["l", { n: "y" }, "v"], to: 2 }],
      { l: [{ n: "x" }, { n: "y", v: 2 }] },
    ],
    [
      "an element is found by a number",
      { l: [{ port: 80 }, { port: 81 }] },
      [{ path: ["l", { port: "81" }, "v"], to: 2 }],
      { l: [{ port: 80 }, { port: 81, v: 2 }] },
    ],
    [
      "elements are replaced, removed and added, one after the other",
      { l: [{ n: "x" }, { n: "y" }, { n: "z" }] },
      [
        { path: ["l", { n: "x" }] },
        { path: ["l", { n: "z" }], to: { n: "z", v: 1 } },
        { path: ["l", { n: "w" }], to: { n: "w" } },
      ],
      { l: [{ n: "y" }, { n: "z", v: 1 }, { n: "w" }] },
    ],
    [
      "the first element makes the list",
      {},
      [{ path: ["l", { n: "x" }], to: { n: "x" } }],
      { l: [{ n: "x" }] },
    ],
  ])("%s", (_what, spec, changes, expected) => {
    expect(apply(spec, ...changes)).toEqual(expected);
  });

  it.each<readonly [string, unknown, ChangePath]>([
    ["an element that is not there has no fields", { l: [] }, ["l", { n: "x" }, "v"]],
    ["neither has one of a list that is not there", {}, ["l", { n: "x" }, "v"]],
    ["two elements with these values", { l: [{ n: "x" }, { n: "x" }] }, ["l", { n: "x" }, "v"]],
    ["a text has no fields", { a: "text" }, ["a", "b"]],
    ["a map has no elements", { l: {} }, ["l", { n: "x" }, "v"]],
  ])("refused: %s", (_what, spec, path) => {
    expect(apply(spec, { path, to: 1 })).toMatch(/^there is no single spec\./);
  });
});

it("reads the value at a path, through own properties only", () => {
  const object = { a: [{ n: "x", v: { w: 1 } }], b: null };
  expect(readChangePath(object, ["a", { n: "x" }, "v", "w"])).toBe(1);
  expect(readChangePath(object, ["a", { n: "y" }, "v"])).toBeUndefined();
  expect(readChangePath(object, ["b"])).toBeUndefined();
  expect(readChangePath(object, ["constructor"])).toBeUndefined();
});
