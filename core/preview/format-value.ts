import { isRawInteger } from "../../events/json.ts";
import { isObject } from "../json/read-json.ts";
import { toPrintable } from "../text/printable.ts";

/** Texts that YAML reads as they are, and as nothing but a text. */
const PLAIN = /^[A-Za-z_./][A-Za-z0-9_./@:+-]*$/;
const OTHER_MEANING = /^(?:true|false|null|yes|no|on|off|y|n|~|\.|[.+-]?(?:inf|nan))$/i;

/**
 * A JSON value as lines of YAML, for people: two spaces for each level. Every text is on one line, quoted and escaped if it is not a
 * plain word, so that a value cannot look like another line.
 */
export function* formatValue(value: unknown, indent = 0): Generator<string, void> {
  const pad = " ".repeat(indent);
  if (Array.isArray(value) && value.length > 0) {
    for (const item of value as readonly unknown[]) yield* formatItem(item, indent);
  } else if (isObject(value) && Object.keys(value).length > 0) {
    for (const [key, below] of Object.entries(value)) yield* formatEntry(key, below, indent);
  } else {
    yield `${pad}${formatScalar(value)}`;
  }
}

/** A key with its value. */
export function* formatEntry(key: string, value: unknown, indent: number): Generator<string, void> {
  const head = `${" ".repeat(indent)}${formatScalar(key)}:`;
  if (isNested(value)) {
    yield head;
    yield* formatValue(value, indent + 2);
  } else {
    yield `${head} ${formatScalar(value)}`;
  }
}

/** An element of a list. */
export function* formatItem(value: unknown, indent: number): Generator<string, void> {
  let isFirst = true;
  for (const line of formatValue(value, indent + 2)) {
    yield isFirst ? `${" ".repeat(indent)}- ${line.slice(indent + 2)}` : line;
    isFirst = false;
  }
}

function isNested(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value) && Object.keys(value).length > 0;
}

/** A value without anything below it, on one line. */
export function formatScalar(value: unknown): string {
  if (typeof value === "string") {
    const isPlain = PLAIN.test(value) && !OTHER_MEANING.test(value) && !value.endsWith(":");
    return isPlain ? value : toPrintable(JSON.stringify(value));
  }
  if (isRawInteger(value)) return value.rawJSON;
  return Array.isArray(value) ? "[]" : isObject(value) ? "{}" : String(value);
}
