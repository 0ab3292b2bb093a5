import { describe, expect, it } from "vitest";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findReferences } from "../../../core/references/find-references.ts";

const toPod = (spec: object): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-1", namespace: "shop" },
  spec,
});

const find = (object: unknown): readonly unknown[] =>
  findReferences(object, builtinCatalog()).filter(({ relation }) => relation === "node");

describe("the Node of a Pod", () => {
  it("is a reference with a relation of its own", () => {
    expect(find(toPod({ nodeName: "worker-1" }))).toMatchObject([
      {
        field: "spec.nodeName",
        result: {
          outcome: "resolved",
          apiVersion: "v1",
          kind: "Node",
          resource: "nodes",
          namespace: null,
          name: "worker-1",
        },
      },
    ]);
  });

  it.each([{}, { nodeName: "" }, { nodeName: 3 }, { nodeName: { name: "a" } }])(
    "is none in %j",
    (spec) => {
      expect(find(toPod(spec))).toEqual([]);
    },
  );

  it("is not read in objects of other kinds", () => {
    expect(find({ ...toPod({ nodeName: "worker-1" }), kind: "Widget" })).toEqual([]);
  });

  it("cannot be the path to another object", () => {
    expect(find(toPod({ nodeName: "../secrets" }))).toMatchObject([
      { result: { outcome: "unresolved" } },
    ]);
  });
});
