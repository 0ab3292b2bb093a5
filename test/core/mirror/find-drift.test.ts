import { describe, expect, it } from "vitest";
import { findDrift, findStatusDrift } from "../../../core/mirror/find-drift.ts";
import type { Manifest } from "../../../core/mirror/manifest.ts";
import { yieldFields } from "../../../core/mirror/yield-fields.ts";
import { toRawInteger } from "../../../events/json.ts";
import { toFieldsV1 } from "../../support/mirror/applied.ts";

const HEAD = { apiVersion: "v1", kind: "Thing", metadata: { name: "a" } } as const;

const OWNER = { apiVersion: "v1", kind: "A", name: "a", uid: "u" };

/** The fields of a spec that Kubemend still owns after somebody has changed the others. */
const KEPT = { "f:spec": { "f:z": {} } };

function toManifest(fields: object): Manifest {
  return { ...HEAD, ...fields };
}

/** An object whose fields were applied by Kubemend as fieldsV1 says. */
function toLive(fields: object, fieldsV1: object) {
  const managedFields = [{ manager: "kubemend", operation: "Apply", fieldsV1 }];
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

/** The paths that have drifted. By default the API server has noted everything that is to be applied. */
function pathsOf(
  desired: object,
  live: object,
  fieldsV1: object = toFieldsV1({ ...desired }),
): readonly string[] {
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
  ])("%s", (_what, desired, live) => {
    expect(pathsOf(desired, live)).toEqual([]);
  });

  it("in elements with keys that others added", () => {
    const fields = { "f:spec": { "f:l": { 'k:{"name":"a"}': { ".": {}, "f:name": {} } } } };
    const live = { spec: { l: [{ name: "b" }, { name: "a", x: 1 }] } };
    expect(pathsOf({ spec: { l: [{ name: "a" }] } }, live, fields)).toEqual([]);
  });

  it("in what others added to an empty map that they may add to", () => {
    const live = { spec: { securityContext: { runAsNonRoot: true } } };
    expect(pathsOf({ spec: { securityContext: {} } }, live)).toEqual([]);
  });

  it("in elements of a list that is a set, whatever their order", () => {
    const fields = { "f:spec": { "f:l": { 'v:"a"': {}, 'v:"b"': {} } } };
    expect(pathsOf({ spec: { l: ["a", "b"] } }, { spec: { l: ["b", "c", "a"] } }, fields)).toEqual(
      [],
    );
  });

  it("in owners that others added", () => {
    const fields = { "f:metadata": { "f:ownerReferences": { 'k:{"uid":"u"}': {} } } };
    const live = { metadata: { ownerReferences: [{ ...OWNER, uid: "v" }, OWNER] } };
    expect(pathsOf({ metadata: { name: "a", ownerReferences: [OWNER] } }, live, fields)).toEqual(
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
      "in a field of an element",
      { spec: { l: [{ name: "a", x: 1 }] } },
      { spec: { l: [{ name: "a", x: 2 }] } },
      "spec.l.0.x",
    ],
    ["in an element that is gone", { spec: { l: [{ name: "a" }] } }, { spec: { l: [] } }, "spec.l"],
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

  it.each([
    ["selector of a policy", { podSelector: {} }, { podSelector: { matchLabels: { app: "x" } } }],
    ["selector of a Service", { selector: { app: "a" } }, { selector: { app: "a", x: "y" } }],
    ["nested map", { a: { b: { c: 1 } } }, { a: { b: { c: 1, d: { e: 2 } } } }],
    ["list", { l: [{ path: "/" }] }, { l: [{ path: "/", host: "nowhere" }] }],
  ])("in what was added to a %s that Kubemend no longer owns", (_what, desired, live) => {
    const paths = pathsOf({ spec: { ...desired, z: 1 } }, { spec: { ...live, z: 1 } }, KEPT);
    expect(paths).toHaveLength(1);
  });

  it.each([
    ["selector", { podSelector: {} }, { podSelector: { matchLabels: { app: "x" } } }],
    ["element of a list", { l: [{ path: "/" }] }, { l: [{ path: "/", host: "nowhere" }] }],
  ])("in what somebody added under the name of Kubemend to a %s", (_what, desired, live) => {
    expect(pathsOf({ spec: desired }, { spec: live })).toHaveLength(1);
  });

  it("in a field that somebody added under the name of Kubemend", () => {
    const fields = { "f:spec": { "f:podSelector": {}, "f:ingress": {} } };
    const live = { spec: { podSelector: {}, ingress: [{}] } };
    expect(pathsOf({ spec: { podSelector: {} } }, live, fields)).toEqual(["spec.ingress"]);
  });

  it("in an element that somebody added under the name of Kubemend", () => {
    const owned = { 'k:{"name":"a"}': { "f:name": {} }, 'k:{"name":"b"}': { "f:name": {} } };
    const live = { spec: { l: [{ name: "a" }, { name: "b" }] } };
    const fields = { "f:spec": { "f:l": owned } };
    expect(pathsOf({ spec: { l: [{ name: "a" }] } }, live, fields)).toEqual([
      'spec.l.{"name":"b"}',
    ]);
  });

  it("if the API server no longer notes what Kubemend has applied", () => {
    const live = { ...HEAD, data: { a: "1" } };
    expect(findDrift(toManifest({ data: { a: "1" } }), live)[0]?.path).toEqual([
      "metadata",
      "managedFields",
    ]);
  });

  it("in a label that is gone", () => {
    const desired = { metadata: { name: "a", labels: { x: "y" } } };
    const live = { metadata: { labels: {} } };
    expect(pathsOf(desired, live, {})).toEqual(["metadata.labels.x"]);
  });

  it("in an owner that is gone", () => {
    const ownerReferences = [{ apiVersion: "v1", kind: "A", name: "a", uid: "u" }];
    const desired = { metadata: { name: "a", ownerReferences } };
    expect(pathsOf(desired, {})).toEqual(["metadata.ownerReferences"]);
    expect(pathsOf(desired, { metadata: { ownerReferences } })).toEqual([]);
  });

  it.each([
    ["a value of a set", { spec: { l: ["a"] } }, { spec: { l: ["a", "b", "c"] } }, 'spec.l."b"'],
    ["the last value of a set", { spec: { l: [] } }, { spec: { l: ["b"] } }, 'spec.l."b"'],
  ])("in %s that Kubemend has applied and applies no longer", (_what, desired, live, path) => {
    const fields = { "f:spec": { "f:l": { 'v:"a"': {}, 'v:"b"': {} } } };
    expect(pathsOf(desired, live, fields)).toEqual([path]);
  });

  it("in a finalizer that is applied no longer", () => {
    const fields = { "f:metadata": { "f:finalizers": { 'v:"x.io/a"': {}, 'v:"x.io/b"': {} } } };
    const live = { metadata: { finalizers: ["x.io/a", "x.io/b"] } };
    const desired = { metadata: { name: "a", finalizers: ["x.io/a"] } };
    expect(pathsOf(desired, live, fields)).toEqual(['metadata.finalizers."x.io/b"']);
  });

  it.each([
    ["is applied no longer", [OWNER], [OWNER, { ...OWNER, uid: "v" }]],
    ["is the controller only in what is applied", [{ ...OWNER, controller: true }], [OWNER]],
    ["is the controller only in the copy", [OWNER], [{ ...OWNER, controller: true }]],
  ])("in an owner that %s", (_what, desired, live) => {
    const owners = { 'k:{"uid":"u"}': {}, 'k:{"uid":"v"}': {} };
    const fields = { "f:metadata": { "f:ownerReferences": owners } };
    const applied = { metadata: { name: "a", ownerReferences: desired } };
    expect(pathsOf(applied, { metadata: { ownerReferences: live } }, fields)).toEqual([
      "metadata.ownerReferences",
    ]);
  });

  it("in a list of elements with names that is written as a whole", () => {
    const fields = { "f:spec": { "f:l": {} } };
    const live = { spec: { l: [{ name: "a" }, { name: "b" }] } };
    expect(pathsOf({ spec: { l: [{ name: "a" }] } }, live, fields)).toEqual(["spec.l"]);
  });

  it("in its status only if that is asked for", () => {
    const live = toLive({ status: { ready: false } }, {});
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
    expect(yieldFields(desired, findDrift(desired, live), live).manifest["spec"]).toEqual({
      a: 1,
      b: 2,
      l: [{ name: "x", v: 1, w: 2 }],
    });
  });
});

it("a value that the source has no longer is not yielded although others have added one", () => {
  const fields = { "f:spec": { "f:l": { 'v:"a"': {}, 'v:"b"': {} } } };
  const theirs = { manager: "theirs", operation: "Update" };
  const live = toLive({ spec: { l: ["a", "b", "c"] } }, fields);
  live.metadata.managedFields.push({
    ...theirs,
    fieldsV1: { "f:spec": { "f:l": { 'v:"c"': {} } } },
  });
  const desired = toManifest({ spec: { l: ["a"] } });
  const yielded = yieldFields(desired, findDrift(desired, live), live);
  expect(yielded.manifest["spec"]).toEqual({ l: ["a"] });
});

/** Counts the reads of a value and of everything in it. */
function count<T extends object>(value: T): { readonly value: T; readonly looks: () => number } {
  let looks = 0;
  const traps: ProxyHandler<T> = {
    get: (of, key, receiver) => {
      looks += 1;
      return Reflect.get(of, key, receiver) as unknown;
    },
    ownKeys: (of) => {
      looks += Object.keys(of).length;
      return Reflect.ownKeys(of);
    },
  };
  return { value: new Proxy(value, traps), looks: () => looks };
}

it("many differences in one list are yielded with one look at what others own of it", () => {
  const MANY = 1_000;
  const items = (v: number) => Array.from({ length: MANY }, (_, at) => ({ name: `v${at}`, v }));
  const owned = Array.from({ length: MANY }, (_, at) => [`k:{"name":"v${at}"}`, { "f:v": {} }]);
  const fieldsV1 = { "f:spec": { "f:l": Object.fromEntries(owned) as object } };
  const desired = toManifest({ spec: { l: items(1) } });
  const found = findDrift(desired, toLive({ spec: { l: items(2) } }, fieldsV1));
  const theirs = count(fieldsV1["f:spec"]["f:l"]);
  const updated = { manager: "theirs", operation: "Update" };
  const managedFields = [{ ...updated, fieldsV1: { "f:spec": { "f:l": theirs.value } } }];
  yieldFields(desired, found, toLive({ metadata: { managedFields } }, {}));
  expect(found).toHaveLength(100);
  // The names are listed once for each difference, and their fields are read once.
  expect(theirs.looks()).toBeLessThan(MANY * (found.length + 10));
});

describe("a list of many elements is compared in one pass", () => {
  const MANY = 2_000;
  const items = Array.from({ length: MANY }, (_, index) => ({ name: `v${index}` }));
  const values = items.map(({ name }) => name);

  it.each([
    [
      "by their keys",
      items,
      Object.fromEntries(values.map((name) => [`k:${JSON.stringify({ name })}`, { "f:name": {} }])),
    ],
    [
      "as a set",
      values,
      Object.fromEntries(values.map((name) => [`v:${JSON.stringify(name)}`, {}])),
    ],
  ])("%s", (_what, desired, fields) => {
    const [owned, live] = [count(fields), count(desired.toReversed())];
    expect(pathsOf({ l: desired }, { l: live.value }, { "f:l": owned.value })).toEqual([]);
    expect(owned.looks() + live.looks()).toBeLessThan(12 * MANY);
  });
});
