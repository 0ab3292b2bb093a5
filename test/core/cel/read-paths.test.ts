import { expect, test } from "vitest";
import { compileExpression } from "../../../core/cel/compile.ts";
import { findReadPaths, type ReadPath } from "../../../core/cel/read-paths.ts";
import type { FieldPattern } from "../../../core/json/field-pattern.ts";

const FAILED = 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")';

/** `a.*.b` for the whole value, `a.*.b?` for whether it exists. */
function read(source: string): readonly string[] | "all" {
  const paths = findReadPaths(source);
  if (paths === "all") return paths;
  return paths.map(
    ({ path, whole }) => path.map((key) => key ?? "*").join(".") + (whole ? "" : "?"),
  );
}

test("a macro reads of each item what its test reads", () => {
  expect(read(FAILED)).toEqual([
    "status.conditions.*?",
    "status.conditions.*.type",
    "status.conditions.*.status",
  ]);
});

test.each([
  ["object.metadata.labels['a.b'] == 'x'", ["metadata.labels.a.b"]],
  ["object.spec.containers[0].image == 'x'", ["spec.containers.*.image"]],
  ["has(object.data.x)", ["data.x?"]],
  ["size(object.spec.containers) > 1", ["spec.containers.*?"]],
  ["'x' in object.data", ["data"]],
  ["object.data[change.kind] == 'x'", ["data.*"]],
  ["(change.gap ? object.spec : object.status).a == 1", ["spec.a", "status.a"]],
  ["[object].exists(o, o.data.x == 1)", ["data.x"]],
  ["object.a.filter(x, x.b).map(x, x.c)[0] == 1", ["a.*?", "a.*.b", "a.*.c"]],
  ["object.a.exists(object, object.data == 1)", ["a.*?", "a.*.data"]],
  ["references.exists(r, r.field == 'data')", []],
  ["now > timestamp(object.metadata.creationTimestamp)", ["metadata.creationTimestamp"]],
])("%s reads its paths and no others", (source, expected) => {
  expect(read(source)).toEqual(expected);
});

test.each([
  "object == {}",
  "size([object, object]) == 2 && [object][0] == {}",
  "{'a': object}['a'].data == 1",
  "string(dyn(object).data)",
  "object.data ==",
])("%s may read anything", (source) => {
  expect(read(source)).toBe("all");
});

test("counting an object's fields reads each of them", () => {
  expect(read("size(object) == 3")).toEqual(["*?"]);
  expect(read("object.exists(key, key == 'data')")).toEqual(["*?", "*"]);
});

test.each([
  FAILED,
  "object.status.conditions.filter(c, c.status == 'True').map(c, c.type) == ['Failed']",
  "object.status.conditions.all(c, object.spec.wanted.exists(w, w.type == c.type))",
  "object.status.conditions.exists_one(c, has(c.reason)) ? size(object.spec.wanted) == 2 : false",
  "object.metadata.labels['team'] + object.spec.wanted[0].type == 'dataFailed'",
  "object.metadata.labels.exists(key, key == 'team')",
  "object.status.conditions.map(c, c.type == 'Failed', c.reason)[0]",
])("cut down to what %s reads, an object gives the same answer", (source) => {
  const object = {
    metadata: { name: "a", labels: { team: "data", other: "x" } },
    spec: { wanted: [{ type: "Failed" }, { type: "Ready" }], secret: "canary" },
    status: {
      conditions: [
        { type: "Failed", status: "True", reason: "Deadline" },
        { type: "Ready", status: "False" },
      ],
    },
  };
  const paths = findReadPaths(source);
  expect(paths).not.toBe("all");
  const cut = paths === "all" ? {} : keep(object, paths);
  expect(JSON.stringify(cut)).not.toContain("canary");
  expect(evaluate(source, cut)).toEqual(evaluate(source, object));
  expect(evaluate(source, object).outcome).toBe("value");
});

function evaluate(source: string, object: unknown) {
  const compiled = compileExpression(source);
  if (!compiled.ok) throw new Error(compiled.error.message);
  const cluster = { name: "here", uid: "u" };
  return compiled.value.evaluate({ object, cluster, now: "2026-01-01T00:00:00.000Z" });
}

/** The object without the fields that no path reads. */
function keep(value: unknown, paths: readonly ReadPath[], at: FieldPattern = []): unknown {
  const here = paths.filter(({ path }) => isBelow(at, path) || isBelow(path, at));
  if (here.some(({ path, whole }) => whole && path.length <= at.length)) return value;
  if (Array.isArray(value)) return value.map((item) => keep(item, paths, [...at, null]));
  if (value === null) return null;
  if (typeof value !== "object") return "cut";
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => paths.some(({ path }) => isBelow(path, [...at, key])))
      .map(([key, item]) => [key, keep(item, paths, [...at, key])]),
  );
}

/** Whether `long` begins with `short`. */
function isBelow(long: FieldPattern, short: FieldPattern): boolean {
  const agree = (a: string | null | undefined, b: string | null | undefined): boolean =>
    a === b || a === null || b === null;
  return short.length <= long.length && short.every((key, index) => agree(long[index], key));
}
