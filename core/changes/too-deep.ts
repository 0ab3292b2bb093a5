import { countLevels, describeNesting, MAX_NESTING } from "../../events/json.ts";
import { isObject, readList } from "../json/read-json.ts";

/**
 * An object that is nested deeper than recursive code can follow: it must not be compared, redacted or written. `readObject` takes
 * its metadata out of it.
 */
export class TooDeep {
  readonly value: unknown;
  /** For people: how deep it is, and how deep it may be. */
  readonly reason: string;

  constructor(value: unknown, levels: number) {
    this.value = value;
    this.reason = describeNesting(levels);
  }
}

/** The body of an answer of which something is nested too deep: each item of a list by itself, any other object as a whole. */
export function wrapTooDeep(body: unknown): unknown {
  if (!isObject(body) || !Array.isArray(body["items"])) return wrapObject(body);
  return { ...body, items: readList(body["items"]).map(wrapObject) };
}

function wrapObject(object: unknown): unknown {
  const levels = countLevels(object);
  return levels > MAX_NESTING ? new TooDeep(object, levels) : object;
}
