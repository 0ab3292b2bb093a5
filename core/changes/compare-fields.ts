import { isRawInteger } from "../../events/json.ts";
import type { ChangedAnswer } from "../../events/change.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import { EACH, formatFieldPattern, type FieldPattern } from "../json/field-pattern.ts";

/** A digest for each set of compared fields, by the id of the set. Digests that were made with different keys have different ids. */
export type FieldDigests = Readonly<Record<string, string>>;

/** The compared fields of a state that was not accepted by the queue yet, and those of the state that was accepted before it. */
export type FieldComparison = {
  readonly digests: FieldDigests;
  /** Undefined: it is not known which state the queue accepted last. */
  readonly before: FieldDigests | undefined;
};

/** Whether the fields of a set differ from those of the state that was accepted last. */
export function compareFields({ digests, before }: FieldComparison, id: string): ChangedAnswer {
  const [now, then] = [digests[id], before?.[id]];
  if (now === undefined || then === undefined) return "unknown";
  return now === then ? "no" : "yes";
}

/**
 * The values of these fields of an object as one text: two objects have equal texts exactly if the fields are equal, whatever the order
 * of keys. A field that is null counts as absent. Total on any JSON that is nested within the limit.
 */
export function toComparedText(object: unknown, fields: readonly FieldPattern[]): string {
  const found: unknown[] = [];
  for (const pattern of fields) collect(object, pattern, [], found);
  return toCanonicalJson(found);
}

/** A text that names a set of fields, whatever their order. */
export function nameFields(fields: readonly FieldPattern[]): string {
  return toCanonicalJson(fields.map(formatFieldPattern).toSorted());
}

/** Adds each value at the pattern with its place. Like in `redact`, a key that is applied to a list is applied to each item. */
function collect(
  value: unknown,
  pattern: FieldPattern,
  place: readonly (string | number)[],
  found: unknown[],
): void {
  if (value === null || value === undefined) return;
  const [key, ...rest] = pattern;
  if (key === undefined) {
    found.push([place, value]);
    return;
  }
  if (typeof value !== "object" || isRawInteger(value)) return;
  if (Array.isArray(value)) {
    const below = key === EACH ? rest : pattern;
    for (const [index, item] of value.entries()) collect(item, below, [...place, index], found);
    return;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = key === EACH ? Object.keys(fields).toSorted() : [key];
  for (const name of keys) {
    if (Object.hasOwn(fields, name)) collect(fields[name], rest, [...place, name], found);
  }
}
