import * as v from "valibot";
import { isObject } from "../../json/read-json.ts";
import type { PipelineIssue } from "../pipeline.ts";
import { suggestName } from "../../text/suggest.ts";

type Path = readonly (string | number)[];

/** Everything that `schema` says against `value`, unknown keys included; paths start with `path`. */
export function findSchemaIssues(
  schema: v.GenericSchema,
  value: unknown,
  path: Path,
): readonly PipelineIssue[] {
  const unknownKeys = findUnknownKeys(schema, value, path);
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return unknownKeys;
  const known = new Set(unknownKeys.map((issue) => JSON.stringify(issue.path)));
  const others = parsed.issues
    .map((issue) => toPipelineIssue(issue, path))
    .filter((issue) => !known.has(JSON.stringify(issue.path)));
  return [...unknownKeys, ...others];
}

function toPipelineIssue(issue: v.BaseIssue<unknown>, base: Path): PipelineIssue {
  const own = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
  const path = [...base, ...own];
  const last = own.at(-1);
  if (issue.received === "undefined" && last !== undefined) {
    return { path, message: `${last} is missing` };
  }
  if (!issue.message.startsWith("expected ")) return { path, message: issue.message };
  return { path, message: `${issue.message}, not ${describeReceived(issue.received)}` };
}

function describeReceived(received: string): string {
  switch (received) {
    case "Object":
      return "fields";
    case "Array":
      return "a list";
    default:
      return received;
  }
}

/** The parts of a valibot schema that lead to keys. Pipes keep them, as they spread their first schema. */
type Shape = {
  readonly type: string;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
  readonly wrapped?: unknown;
  readonly options?: readonly unknown[];
};

const CLOSED = new Set(["object", "strict_object"]);

function findUnknownKeys(schema: unknown, value: unknown, path: Path): readonly PipelineIssue[] {
  const shape = schema as Shape;
  if (shape.wrapped !== undefined) return findUnknownKeys(shape.wrapped, value, path);
  if (shape.type === "union") {
    const kin = shape.options?.filter((option) => isKin(option as Shape, value)) ?? [];
    return kin.length === 1 ? findUnknownKeys(kin[0], value, path) : [];
  }
  if (shape.type === "array" && Array.isArray(value)) {
    return value.flatMap((item, index) => findUnknownKeys(shape.item, item, [...path, index]));
  }
  const { entries } = shape;
  if (!CLOSED.has(shape.type) || entries === undefined) return [];
  // The schema library takes a list for an object without keys.
  if (Array.isArray(value)) return [{ path, message: "expected fields (key: value), not a list" }];
  if (!isObject(value)) return [];
  const allowed = Object.keys(entries);
  return Object.keys(value).flatMap((key) =>
    Object.hasOwn(entries, key)
      ? findUnknownKeys(entries[key], value[key], [...path, key])
      : [toUnknownKey(key, allowed, path)],
  );
}

/** The way of a union that was meant, where that can be told: lists and fields are told apart, two kinds of fields are not. */
function isKin({ type }: Shape, value: unknown): boolean {
  return Array.isArray(value) ? type === "array" : CLOSED.has(type) && isObject(value);
}

/** For a key that is not allowed: the one that was probably meant, and all that are. */
export function toUnknownKey(key: string, allowed: readonly string[], path: Path): PipelineIssue {
  const near = suggestName(key, allowed);
  const list = `allowed here: ${allowed.join(", ")}`;
  return {
    path: [...path, key],
    at: "key",
    message: `unknown key ${JSON.stringify(key)}`,
    hint: near === undefined ? list : `did you mean ${near}? ${list}`,
  };
}
