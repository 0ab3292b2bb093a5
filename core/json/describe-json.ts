import { isRawInteger } from "../../events/json.ts";
import { isObject } from "./read-json.ts";

/**
 * A value of any origin as JSON for people, cut to so many characters and an ellipsis. Only as much of it is read as is shown, so a value
 * of a megabyte costs no more than a short one. `undefined` is written so; never throws.
 */
export function describeJson(value: unknown, maxLength: number): string {
  let text = "";
  for (const part of toParts(value, maxLength)) {
    text += part;
    if (text.length > maxLength) return `${text.slice(0, maxLength)}…`.toWellFormed();
  }
  return text;
}

function* toParts(value: unknown, maxLength: number): Generator<string, void> {
  if (typeof value === "string") {
    yield JSON.stringify(value.slice(0, maxLength + 1));
  } else if (Array.isArray(value)) {
    yield "[";
    for (const [index, item] of value.entries()) {
      if (index > 0) yield ",";
      yield* toParts(item, maxLength);
    }
    yield "]";
  } else if (isObject(value)) {
    yield* toFieldParts(value, maxLength);
  } else {
    yield isRawInteger(value) ? value.rawJSON : String(value);
  }
}

function* toFieldParts(
  fields: Readonly<Record<string, unknown>>,
  maxLength: number,
): Generator<string, void> {
  yield "{";
  let isFirst = true;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    yield isFirst ? "" : ",";
    yield `${JSON.stringify(key.slice(0, maxLength + 1))}:`;
    yield* toParts(value, maxLength);
    isFirst = false;
  }
  yield "}";
}
