import { describeNesting, isNestedDeeper } from "../../events/json.ts";
import { isObject, readList } from "../json/read-json.ts";

/**
 * An object that is nested deeper than recursive code can follow: it must not be compared, redacted or written. `readObject` takes
 * its metadata out of it.
 */
export class TooDeep {
  readonly value: unknown;
  /** For people: how deep an object may be. */
  readonly reason: string = describeNesting();

  constructor(value: unknown) {
    this.value = value;
  }
}

/** An object, or what stands for it if it is nested too deep. What its fields are called says nothing about its shape. */
export function wrapObject(object: unknown): unknown {
  return isNestedDeeper(object) ? new TooDeep(object) : object;
}

/** The body of a list, each of whose items is wrapped by itself: one item must not hide its neighbours. */
export function wrapItems(list: unknown): unknown {
  if (!isObject(list) || !Array.isArray(list["items"])) return wrapObject(list);
  return { ...list, items: readList(list["items"]).map(wrapObject) };
}
