/**
 * How many of the language's own test cases the CEL candidates pass: `npx node test/bench/cel-conformance.ts [--failures]`.
 * Only files that are relevant to a rule over JSON count, without tests about protobuf messages and other extensions.
 */
import {
  celEnv,
  celMap,
  celType,
  celUint,
  isCelError,
  isCelList,
  isCelMap,
  isCelType,
  isCelUint,
  parse,
  plan,
  type CelEnv,
  type CelInput,
} from "@bufbuild/cel";
import { tests as conformance } from "@bufbuild/cel-spec/testdata/conformance.js";
import type { SerializedIncrementalTestSuite } from "@bufbuild/cel-spec/testdata/tests.js";
import { Duration, Environment, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { meterMacros } from "../../core/cel/macro-cost.ts";
import { createMeteredEnv } from "../../core/cel/functions.ts";
import { withMeter } from "../../core/cel/meter.ts";

type Json = { readonly [field: string]: unknown };
type Case = {
  readonly suite: string;
  readonly name: string;
  readonly expr: string;
  readonly bindings: Json;
  /** Canonical text; undefined if an error is expected. */
  readonly expected: string | undefined;
};

const SUITES = new Set(
  "basic comparisons conversions fields fp_math integer_math lists logic macros parse plumbing string timestamps".split(
    " ",
  ),
);

function collect(suite: SerializedIncrementalTestSuite, file: string): readonly Case[] {
  const own = (suite.tests ?? []).flatMap(({ original }): readonly Case[] => {
    const {
      name = "",
      expr,
      value,
      bindings,
      evalError,
      typeEnv,
      container,
    } = original as Json & {
      readonly name?: string;
      readonly expr: string;
    };
    const text = JSON.stringify(original);
    const isForeign = /TestAllTypes|protobuf\.(?!Timestamp|Duration)|typeEnv":\[\{"function/.test(
      text,
    );
    if (isForeign || container !== undefined || original["disableMacros"] === true) return [];
    if (typeEnv !== undefined && bindings === undefined) return [];
    const expected =
      evalError === undefined ? print((value ?? { boolValue: true }) as Json) : undefined;
    return [{ suite: file, name, expr, bindings: (bindings ?? {}) as Json, expected }];
  });
  return [...own, ...(suite.suites ?? []).flatMap((child) => collect(child, file))];
}

/** A value of the test data as text, with its type. */
function print(value: Json): string {
  const [[type, content] = ["", undefined]] = Object.entries(value);
  switch (type) {
    case "listValue":
      return `[${(((content as Json)["values"] ?? []) as Json[]).map(print).join(",")}]`;
    case "mapValue": {
      const entries = ((content as Json)["entries"] ?? []) as { key: Json; value: Json }[];
      return `{${entries
        .map((entry) => `${toKey(print(entry.key))}:${print(entry.value)}`)
        .toSorted()
        .join(",")}}`;
    }
    case "objectValue":
      return `time ${String((content as Json)["value"]).replace(/\.0+(?=[sZ])/, "")}`;
    case "doubleValue":
      return `double ${Number(content)}`;
    case "nullValue":
      return "null";
    default:
      return `${type.replace(/(?:64)?Value$/, "")} ${String(content)}`;
  }
}

/** A plain JavaScript object loses the types of its keys: this counts against no candidate. */
function toKey(printed: string): string {
  return printed.slice(printed.indexOf(" ") + 1);
}

type Evaluate = (expr: string, bindings: Json) => string | undefined;

function toNative(value: Json): CelInput {
  const [[type, content] = ["", undefined]] = Object.entries(value);
  switch (type) {
    case "int64Value":
      return BigInt(content as string);
    case "uint64Value":
      return celUint(BigInt(content as string));
    case "doubleValue":
      return Number(content);
    case "bytesValue":
      return new Uint8Array(Buffer.from(content as string, "base64"));
    case "nullValue":
      return null;
    case "listValue":
      return (((content as Json)["values"] ?? []) as Json[]).map(toNative);
    case "mapValue": {
      const entries = ((content as Json)["entries"] ?? []) as { key: Json; value: Json }[];
      return celMap(
        new Map(entries.map((entry) => [toNative(entry.key) as string, toNative(entry.value)])),
      );
    }
    case "objectValue": {
      const { "@type": name, value: text } = content as Json;
      const call = String(name).endsWith("Timestamp") ? "timestamp" : "duration";
      return plan(celEnv(), parse(`${call}('${String(text)}')`))() as CelInput;
    }
    default:
      return content as string;
  }
}

const toText = plan(celEnv(), parse("string(v)"));

function printBufbuild(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return `int ${value}`;
  if (typeof value === "number") return `double ${value}`;
  if (typeof value === "string" || typeof value === "boolean") {
    return `${typeof value === "boolean" ? "bool" : "string"} ${value}`;
  }
  if (typeof value !== "object") return typeof value;
  if (isCelUint(value)) return `uint ${value.value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("base64")}`;
  if (isCelList(value)) return `[${Array.from(value, printBufbuild).join(",")}]`;
  if (isCelMap(value)) {
    const entries = Array.from(
      value,
      ([key, item]) => `${toKey(printBufbuild(key))}:${printBufbuild(item)}`,
    );
    return `{${entries.toSorted().join(",")}}`;
  }
  if (isCelType(value)) return `type ${value.name}`;
  const text = toText({ v: value as CelInput });
  return typeof text === "string"
    ? `time ${text.replace(/\.0+(?=[sZ])/, "")}`
    : celType(value as never).name;
}

function createBufbuild(env: CelEnv, isMetered: boolean): Evaluate {
  return (expr, bindings) => {
    const parsed = parse(expr);
    if (isMetered) meterMacros(parsed.expr);
    const context = Object.fromEntries(
      Object.entries(bindings).map(([key, bound]) => [
        key,
        toNative((bound as { value: Json }).value),
      ]),
    );
    const { value } = withMeter(() => plan(env, parsed)(context));
    return isCelError(value) ? undefined : printBufbuild(value);
  };
}

/** `@marcbachmann/cel-js`: plain JavaScript values in and out. */
function createCelJs(): Evaluate {
  return (expr, bindings) => {
    const env = new Environment({
      unlistedVariablesAreDyn: true,
      homogeneousAggregateLiterals: false,
    });
    const context = Object.fromEntries(
      Object.entries(bindings).map(([key, bound]) => [
        key,
        toPlain((bound as { value: Json }).value),
      ]),
    );
    return printPlain(env.evaluate(expr, context));
  };
}

function toPlain(value: Json): unknown {
  const native = toNative(value);
  if (isCelUint(native)) return new UnsignedInt(native.value);
  if ("listValue" in value)
    return (((value["listValue"] as Json)["values"] ?? []) as Json[]).map(toPlain);
  if ("mapValue" in value) {
    const entries = ((value["mapValue"] as Json)["entries"] ?? []) as { key: Json; value: Json }[];
    return new Map(entries.map((entry) => [toPlain(entry.key), toPlain(entry.value)]));
  }
  if ("objectValue" in value) {
    const { "@type": name, value: text } = value["objectValue"] as Json;
    if (String(name).endsWith("Timestamp")) return new Date(String(text));
    return new Duration(BigInt(String(text).replace(/\..*|s$/g, "")));
  }
  return native;
}

function printPlain(value: unknown): string {
  if (value instanceof UnsignedInt) return `uint ${value.valueOf()}`;
  if (value instanceof Date) return `time ${value.toISOString().replace(/\.0+(?=Z)/, "")}`;
  if (value instanceof Duration) {
    const nanos = String(value.nanos).padStart(9, "0").replace(/0+$/, "");
    return `time ${value.seconds}${nanos === "" ? "" : `.${nanos}`}s`;
  }
  if (Array.isArray(value)) return `[${value.map(printPlain).join(",")}]`;
  const isTyped =
    typeof value === "object" && value !== null && "name" in value && !(value instanceof Map);
  if (isTyped && value.constructor.name === "Type") return `type ${String(value.name)}`;
  if (value instanceof Map || (typeof value === "object" && value?.constructor === Object)) {
    const pairs = value instanceof Map ? [...value] : Object.entries(value);
    return `{${pairs
      .map(([key, item]) => `${toKey(printPlain(key))}:${printPlain(item)}`)
      .toSorted()
      .join(",")}}`;
  }
  return printBufbuild(value);
}

function judge(one: Case, evaluate: Evaluate): boolean {
  try {
    return evaluate(one.expr, one.bindings) === one.expected;
  } catch {
    return one.expected === undefined;
  }
}

const CANDIDATES: Readonly<Record<string, Evaluate>> = {
  "@bufbuild/cel": createBufbuild(celEnv(), false),
  "the same, metered": createBufbuild(createMeteredEnv(), true),
  "@marcbachmann/cel-js": createCelJs(),
};

const cases = (conformance.suites ?? [])
  .filter(({ name }) => SUITES.has(name))
  .flatMap((suite) => collect(suite, suite.name));
const isVerbose = process.argv.includes("--failures");
for (const [name, evaluate] of Object.entries(CANDIDATES)) {
  const started = performance.now();
  const failed = cases.filter((one) => !judge(one, evaluate));
  const tookMs = Math.round(performance.now() - started);
  const passed = cases.length - failed.length;
  const percent = ((100 * passed) / cases.length).toFixed(1);
  process.stdout.write(
    `${name.padEnd(22)} ${passed}/${cases.length} (${percent} %), ${tookMs} ms\n`,
  );
  for (const one of isVerbose ? failed : []) {
    process.stdout.write(
      `    ${one.suite}/${one.name}: ${one.expr} should be ${one.expected ?? "an error"}\n`,
    );
  }
}
