import { tests as conformance } from "@bufbuild/cel-spec/testdata/conformance.js";
import type { SerializedIncrementalTestSuite } from "@bufbuild/cel-spec/testdata/tests.js";
import { expect, test } from "vitest";
import { parseDuration, parseTimestamp } from "../../../core/cel/library/parse-time.ts";
import { planExpression } from "../../../core/cel/plan/plan.ts";
import { parse } from "../../../core/cel/syntax/parse.ts";
import type { Expr } from "../../../core/cel/syntax/tree.ts";
import { Failure } from "../../../core/cel/values/failure.ts";
import { toCanonicalInt } from "../../../core/cel/values/integer.ts";
import { fromJson, toEntries } from "../../../core/cel/values/json.ts";
import { beginMeter } from "../../../core/cel/values/meter.ts";
import { Duration } from "../../../core/cel/values/time.ts";
import {
  Double,
  isInt,
  isMap,
  MapValue,
  Opaque,
  TypeValue,
  Uint,
  type Value,
} from "../../../core/cel/values/value.ts";

/** The tests of the language itself, without those of protobuf messages, and of parts that the CEL of Kubernetes has not. */
const SUITES = new Set(
  "basic comparisons conversions fields fp_math integer_math lists logic macros macros2 parse plumbing string string_ext timestamps optionals".split(
    " ",
  ),
);

type Json = { readonly [field: string]: unknown };
type Case = {
  readonly name: string;
  readonly expr: string;
  readonly bindings: Json;
  /** Canonical text; undefined if an error is expected. */
  readonly expected: string | undefined;
};

function collect(suite: SerializedIncrementalTestSuite, path: string): readonly Case[] {
  const own = (suite.tests ?? []).flatMap(({ original }): readonly Case[] => {
    const { name, expr, value, bindings, evalError, container } = original as Json & {
      readonly expr: string;
    };
    const text = JSON.stringify(original);
    if (/TestAllTypes|protobuf\.(?!Timestamp|Duration)|typeEnv":\[\{"function/.test(text))
      return [];
    if (container !== undefined || (original as Json)["disableMacros"] === true) return [];
    if ((original as Json)["typeEnv"] !== undefined && bindings === undefined) return [];
    if ((original as Json)["checkOnly"] === true) return [];
    const expected =
      evalError === undefined ? print((value ?? { boolValue: true }) as Json) : undefined;
    return [
      { name: `${path}/${String(name)}`, expr, bindings: (bindings ?? {}) as Json, expected },
    ];
  });
  const inner = (suite.suites ?? []).flatMap((child) => collect(child, `${path}/${child.name}`));
  return [...own, ...inner];
}

/** A value of the test data as text, with its type. */
function print(value: Json): string {
  const [[type, content] = ["", undefined]] = Object.entries(value);
  switch (type) {
    case "listValue":
      return `[${(((content as Json)["values"] ?? []) as Json[]).map(print).join(",")}]`;
    case "mapValue": {
      const entries = ((content as Json)["entries"] ?? []) as { key: Json; value: Json }[];
      return printEntries(entries.map((entry) => [print(entry.key), print(entry.value)]));
    }
    case "objectValue":
      return `time ${String((content as Json)["value"]).replace(/\.?0+(?=[sZ])/, "")}`;
    case "doubleValue":
      return `double ${Number(content)}`;
    case "nullValue":
      return "null";
    default:
      return `${type.replace(/(?:64)?Value$/, "")} ${String(content)}`;
  }
}

function printEntries(entries: readonly (readonly string[])[]): string {
  return `{${entries
    .map((entry) => entry.join(":"))
    .toSorted()
    .join(",")}}`;
}

function printValue(value: Value): string {
  if (value === null) return "null";
  if (isInt(value)) return `int ${value}`;
  if (value instanceof Double) return `double ${value.value}`;
  if (value instanceof Uint) return `uint ${value.value}`;
  if (typeof value === "boolean") return `bool ${value}`;
  if (typeof value === "string") return `string ${value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("base64")}`;
  if (Array.isArray(value)) return `[${value.map((item) => printValue(fromJson(item))).join(",")}]`;
  if (value instanceof TypeValue) return `type ${value.name}`;
  if (value instanceof Opaque) return `time ${(value.toText() ?? "").replace(/\.?0+(?=[sZ])/, "")}`;
  if (!isMap(value)) return typeof value;
  return printEntries(Array.from(toEntries(value), (entry) => entry.map(printValue)));
}

function toValue(value: Json): Value {
  const [[type, content] = ["", undefined]] = Object.entries(value);
  switch (type) {
    case "int64Value":
      return toCanonicalInt(BigInt(content as string));
    case "uint64Value":
      return new Uint(BigInt(content as string));
    case "doubleValue":
      return new Double(Number(content));
    case "bytesValue":
      return new Uint8Array(Buffer.from(content as string, "base64"));
    case "nullValue":
      return null;
    case "listValue":
      return (((content as Json)["values"] ?? []) as Json[]).map(toValue);
    case "mapValue": {
      const map = new MapValue();
      const entries = ((content as Json)["entries"] ?? []) as { key: Json; value: Json }[];
      for (const entry of entries) map.add(toValue(entry.key), toValue(entry.value));
      return map;
    }
    case "objectValue": {
      const { "@type": name, value: text } = content as Json;
      return String(name).endsWith("Timestamp")
        ? (parseTimestamp(String(text)) ?? null)
        : new Duration(parseDuration(String(text)) ?? 0n);
    }
    default:
      return content as Value;
  }
}

/** With `object.x` instead of the variable x, because an expression of ours has variables of its own. */
function bind(expr: Expr, names: ReadonlySet<string>): Expr {
  const all = (part: Expr): Expr => bind(part, names);
  switch (expr.type) {
    case "constant":
      return expr;
    case "variable": {
      const { name, offset } = expr;
      if (!names.has(name)) return expr;
      const operand: Expr = { type: "variable", name: "object", offset };
      return { type: "select", operand, field: name, isOptional: false, offset };
    }
    case "select":
    case "has":
      return { ...expr, operand: all(expr.operand) };
    case "index":
      return { ...expr, operand: all(expr.operand), index: all(expr.index) };
    case "call":
      return {
        ...expr,
        target: expr.target === undefined ? undefined : all(expr.target),
        args: expr.args.map(all),
      };
    case "list":
      return { ...expr, items: expr.items.map((item) => ({ ...item, value: all(item.value) })) };
    case "map":
      return {
        ...expr,
        entries: expr.entries.map((one) => ({ ...one, key: all(one.key), value: all(one.value) })),
      };
    case "macro": {
      const outer = new Set([...names].filter((name) => !expr.variables.includes(name)));
      const bodies = expr.bodies.map((body) => bind(body, outer));
      return { ...expr, range: all(expr.range), bodies };
    }
  }
}

function answer({ expr, bindings }: Case): string | undefined {
  const object = new MapValue();
  for (const [name, bound] of Object.entries(bindings)) {
    object.add(name, toValue((bound as { value: Json }).value));
  }
  beginMeter();
  try {
    const step = planExpression(bind(parse(expr), new Set(Object.keys(bindings))));
    const value = step({ variables: { object }, locals: [] });
    return value instanceof Failure ? undefined : printValue(value);
  } catch {
    return undefined;
  }
}

const cases = (conformance.suites ?? [])
  .filter(({ name }) => SUITES.has(name))
  .flatMap((suite) => collect(suite, suite.name));

/** Tests to which the API server itself (cel-go 0.26.0, in the version that Kubernetes 1.36 sets) gives another answer. */
const AS_KUBERNETES = [
  /^string_ext\/format\//,
  /^string_ext\/value_errors\/(?:last)?indexof_out_of_range$/,
  /^timestamps\/duration_converters\/get_milliseconds$/,
  /^fields\/quoted_map_fields\//,
  /^optionals\/optionals\/map_present_key_invalid_field$/,
];
/** Variables whose names have dots, and null, which counts as absent. */
const NOT_OURS = [
  /^fields\/qualified_identifier_resolution\//,
  /^optionals\/optionals\/map_null_entry_/,
];

test("the language's own tests pass, except for what the API server does otherwise too", () => {
  const failed = cases.filter((one) => answer(one) !== one.expected);
  const isKnown = ({ name }: Case): boolean =>
    [...AS_KUBERNETES, ...NOT_OURS].some((pattern) => pattern.test(name));
  const unknown = failed
    .filter((one) => !isKnown(one))
    .map((one) => `${one.name}: ${one.expr} | ${answer(one)} | ${one.expected}`);
  expect(unknown).toEqual([]);
  expect(failed.length).toBeLessThan(cases.length / 40);
  expect(cases.length).toBeGreaterThan(1_200);
});
