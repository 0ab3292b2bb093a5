import * as v from "valibot";
import { isObject } from "../../json/read-json.ts";
import type { PipelineIssue } from "../pipeline.ts";
import { suggestName } from "../../text/suggest.ts";

type Path = readonly (string | number)[];

/** All violations of `schema` by `value`, including unknown keys; their paths start with `path`. */
export function findSchemaIssues(
  schema: v.GenericSchema,
  value: unknown,
  path: Path,
): readonly PipelineIssue[] {
  const unknownKeys = findUnknownKeys(schema, value, path);
  // Of several faults of one value the first is enough: the others follow from it.
  const parsed = v.safeParse(schema, value, { abortPipeEarly: true });
  if (parsed.success) return unknownKeys;
  const known = new Set(unknownKeys.map((issue) => JSON.stringify(issue.path)));
  const misnamed = new Set(unknownKeys.map((issue) => JSON.stringify(issue.path.slice(0, -1))));
  const others = parsed.issues.flatMap((issue) => {
    const found = toPipelineIssue(issue, path);
    const place = JSON.stringify(found.path);
    // What is missing among the keys of an object is probably what the unknown one was meant to be.
    return known.has(place) || (isAboutKeys(issue) && misnamed.has(place)) ? [] : [found];
  });
  return [...unknownKeys, ...others];
}

function isAboutKeys({ type }: v.BaseIssue<unknown>): boolean {
  return /^(?:check|(?:min|max)_(?:entries|length))$/.test(type);
}

function toPipelineIssue(issue: v.BaseIssue<unknown>, base: Path): PipelineIssue {
  const own = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
  const path = [...base, ...own];
  const last = own.at(-1);
  // Fields where a text would do, too: what is wrong with one of them says more than that they are fields.
  const inner = issue.issues?.filter((one) => one.path !== undefined) ?? [];
  if (inner[0] !== undefined && inner.length === 1) return toPipelineIssue(inner[0], path);
  if (issue.received === "undefined" && last !== undefined) {
    return { path, message: `${last} is missing` };
  }
  if (!issue.message.startsWith("expected ") || isAboutKeys(issue)) {
    return { path, message: issue.message };
  }
  const received = path[0] === "receivers" ? withoutValue(issue.received) : issue.received;
  return { path, message: `${issue.message}, not ${describeReceived(received)}` };
}

/** A credential is often written into the file by mistake, and the output of `validate` is a log. */
function withoutValue(received: string): string {
  if (received.startsWith('"')) return "a text";
  return /^-?\d/.test(received) ? "a number" : received;
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

/** The parts of a valibot schema that lead to its keys. A pipe has them too, as it spreads its first schema. */
export type Shape = {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly item?: Shape;
  /** Of a record: the schema of its values. */
  readonly value?: Shape;
  readonly wrapped?: Shape;
  readonly options?: readonly Shape[];
};

const CLOSED = new Set(["object", "strict_object"]);

function findUnknownKeys(schema: unknown, value: unknown, path: Path): readonly PipelineIssue[] {
  const shape = schema as Shape;
  if (shape.wrapped !== undefined) return findUnknownKeys(shape.wrapped, value, path);
  if (shape.type === "union") {
    const meant = shape.options?.filter((option) => matchesShape(option, value)) ?? [];
    return meant.length === 1 ? findUnknownKeys(meant[0], value, path) : [];
  }
  if (shape.type === "array" && Array.isArray(value)) {
    return value.flatMap((item, index) => findUnknownKeys(shape.item, item, [...path, index]));
  }
  if (shape.type === "record") {
    // valibot accepts a list as a map of its items.
    if (Array.isArray(value))
      return [{ path, message: "expected names (name: value), not a list" }];
    if (!isObject(value)) return [];
    return Object.entries(value).flatMap(([key, item]) =>
      findUnknownKeys(shape.value, item, [...path, key]),
    );
  }
  const { entries } = shape;
  if (!CLOSED.has(shape.type) || entries === undefined) return [];
  // valibot accepts a list as an object without keys.
  if (Array.isArray(value)) return [{ path, message: "expected fields (key: value), not a list" }];
  if (!isObject(value)) return [];
  const allowed = Object.keys(entries);
  return Object.keys(value).flatMap((key) =>
    Object.hasOwn(entries, key)
      ? findUnknownKeys(entries[key], value[key], [...path, key])
      : [toUnknownKey(key, allowed, path)],
  );
}

/** Whether an option of a union may be the one that was meant. Only lists and fields are distinguished, not two kinds of fields. */
function matchesShape({ type }: Shape, value: unknown): boolean {
  return Array.isArray(value) ? type === "array" : CLOSED.has(type) && isObject(value);
}

/** The fault of a key that is not allowed. Its hint has the key that was probably meant, and all allowed ones. */
function toUnknownKey(key: string, allowed: readonly string[], path: Path): PipelineIssue {
  const near = suggestName(key, allowed);
  const list = `allowed here: ${allowed.join(", ")}`;
  return {
    path: [...path, key],
    at: "key",
    message: `unknown key ${JSON.stringify(key)}`,
    hint: near === undefined ? list : `did you mean ${near}? ${list}`,
  };
}
