import { describe, expect, it } from "vitest";
import { findDrift, findStatusDrift } from "../../../core/mirror/find-drift.ts";
import type { Manifest } from "../../../core/mirror/manifest.ts";
import { yieldFields } from "../../../core/mirror/yield-fields.ts";
import { toRawInteger } from "../../../events/json.ts";

const HEAD = { apiVersion: "v1", kind: "Thing", metadata: { name: "a" } } as const;

function toManifest(fields: object): Manifest {
  return { ...HEAD, ...fields };
}

/** An object whose fields were applied by Kubemend as fieldsV1 says. */
function toLive(fields: object, fieldsV1?: object) {
  const managedFields =
    fieldsV1 === undefined ? [] : [{ manager: "kubemend", operation: "Apply", fieldsV1 }];
  return {
    ...HEAD,
    ...fields,
    metadata: {
      ...HEAD.metadata,
      managedFields,
      ...("metadata" in fields ? (fields.metadata as object) : {}),
    },
  };
}

function pathsOf(desired: object, live: object, fieldsV1?: object): readonly string[] {
  return findDrift(toManifest(desired), toLive(live, fieldsV1)).map(({ path }) => path.join("."));
}

describe("a copy does not differ", () => {
  it.each([
    ["in fields that it has besides", { spec: { a: 1 } }, { spec: { a: 1, b: 2 }, data: {} }],
    ["in labels that it has besides", {}, { metadata: { labels: { x: "y" } } }],
    ["in a field that is null", { spec: { a: null } }, { spec: {} }],
    ["in an empty map and an empty list", { spec: { a: {}, b: [] } }, { spec: {} }],
    [
      "in the spelling of a quantity",
      { spec: { limits: { cpu: "1000m" } } },
      { spec: { limits: { cpu: "1" } } },
    ],
    [
      "in an integer beyond 2^53",
      { spec: { a: toRawInteger(2n ** 60n) } },
      { spec: { a: toRawInteger(2n ** 60n) } },
    ],
    [
      "in elements with names that others added",
      { spec: { l: [{ name: "a" }] } },
      { spec: { l: [{ name: "b" }, { name: "a" }] } },
    ],
  ])("%s", (_what, desired, live) => {
    expect(pathsOf(desired, live)).toEqual([]);
  });

  it("in elements of a list that is a set, whatever their order", () => {
    const fields = { "f:spec": { "f:l": { 'v:"a"': {}, 'v:"b"': {} } } };
    expect(pathsOf({ spec: { l: ["a", "b"] } }, { spec: { l: ["b", "c", "a"] } }, fields)).toEqual(
      [],
    );
  });

  it("in elements that have keys of their own, whatever their order", () => {
    const fields = {
      "f:spec": { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { "f:port": {} } } },
    };
    const desired = { spec: { ports: [{ port: 80, protocol: "TCP" }] } };
    const live = {
      spec: {
        ports: [
          { port: 80, protocol: "UDP" },
          { port: 80, protocol: "TCP" },
        ],
      },
    };
    expect(pathsOf(desired, live, fields)).toEqual([]);
  });
});

describe("a copy differs", () => {
  it.each([
    ["in a value", { data: { a: "1" } }, { data: { a: "2" } }, "data.a"],
    ["in the type of a value", { data: { a: 1 } }, { data: { a: "1" } }, "data.a"],
    ["in a field that is gone", { data: { a: "1" } }, { data: {} }, "data.a"],
    ["in a map that is gone", { data: { a: "1" } }, {}, "data"],
    ["in a map that is a text", { data: { a: "1" } }, { data: "x" }, "data"],
    ["in a list that is longer", { spec: { l: [1] } }, { spec: { l: [1, 2] } }, "spec.l"],
    ["in an item of a list", { spec: { l: [1, 2] } }, { spec: { l: [1, 3] } }, "spec.l.1"],
    [
      "in an element with a name",
      { spec: { l: [{ name: "a", x: 1 }] } },
      { spec: { l: [{ name: "a", x: 2 }] } },
      "spec.l.0.x",
    ],
    [
      "in an element that is gone",
      { spec: { l: [{ name: "a" }] } },
      { spec: { l: [] } },
      "spec.l.0",
    ],
    [
      "in a text that could be a quantity",
      { data: { a: "1000m" } },
      { data: { a: "1" } },
      "data.a",
    ],
    [
      "in an integer beyond 2^53",
      { spec: { a: toRawInteger(2n ** 60n) } },
      { spec: { a: toRawInteger(2n ** 60n + 1n) } },
      "spec.a",
    ],
  ])("%s", (_what, desired, live, path) => {
    expect(pathsOf(desired, live)).toEqual([path]);
  });

  it("in a label that is gone", () => {
    const desired = { metadata: { name: "a", labels: { x: "y" } } };
    expect(pathsOf(desired, { metadata: { labels: {} } })).toEqual(["metadata.labels.x"]);
  });

  it("in an owner that is gone", () => {
    const ownerReferences = [{ apiVersion: "v1", kind: "A", name: "a", uid: "u" }];
    const desired = { metadata: { name: "a", ownerReferences } };
    expect(pathsOf(desired, {})).toEqual(["metadata.ownerReferences"]);
    expect(pathsOf(desired, { metadata: { ownerReferences } })).toEqual([]);
  });

  it("in a list of elements with names that is written as a whole", () => {
    const fields = { "f:spec": { "f:l": {} } };
    const live = { spec: { l: [{ name: "a" }, { name: "b" }] } };
    expect(pathsOf({ spec: { l: [{ name: "a" }] } }, live, fields)).toEqual(["spec.l"]);
  });

  it("in its status only if that is asked for", () => {
    const live = toLive({ status: { ready: false } });
    expect(findStatusDrift({ ready: true }, live).map(({ path }) => path)).toEqual([
      ["status", "ready"],
    ]);
  });
});

describe("fields that somebody else has written", () => {
  const fields = {
    "f:spec": { "f:a": {}, "f:l": { 'k:{"name":"x"}': { ".": {}, "f:name": {}, "f:v": {} } } },
  };

  it("are distinguished from those of Kubemend", () => {
    const desired = toManifest({ spec: { a: 1, b: 1, l: [{ name: "x", v: 1, w: 1 }] } });
    const live = toLive({ spec: { a: 2, b: 2, l: [{ name: "x", v: 2, w: 2 }] } }, fields);
    const found = findDrift(desired, live);
    expect(found.map(({ path, isForeign = false }) => [path.join("."), isForeign])).toEqual([
      ["spec.a", false],
      ["spec.b", true],
      ["spec.l.0.v", false],
      ["spec.l.0.w", true],
    ]);
  });

  it("are applied as they are if they are yielded", () => {
    const desired = toManifest({ spec: { a: 1, b: 1, l: [{ name: "x", v: 1, w: 1 }] } });
    const live = toLive({ spec: { a: 2, b: 2, l: [{ name: "x", v: 2, w: 2 }] } }, fields);
    expect(yieldFields(desired, findDrift(desired, live))["spec"]).toEqual({
      a: 1,
      b: 2,
      l: [{ name: "x", v: 1, w: 2 }],
    });
  });
});
