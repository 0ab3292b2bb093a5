import { EACH, formatFieldPattern, type FieldPattern } from "../json/field-pattern.ts";
import { suggestName } from "../text/suggest.ts";
import type { ValueType } from "../cel/types/value-type.ts";

type Fault = { readonly message: string; readonly hint?: string | undefined };

/**
 * Why the schema of a resource does not have the fields at a pattern; undefined if it has them, or does not say. `effect` is what follows
 * from it: `so this path would redact nothing`.
 */
export function findMissingField(
  root: ValueType,
  pattern: FieldPattern,
  { resource, effect }: { readonly resource: string; readonly effect: string },
): Fault | undefined {
  let type = root;
  for (const [at, key] of pattern.entries()) {
    // A key that is applied to a list is applied to each of its items.
    while (type.type === "list" && key !== EACH) type = type.items;
    const step = take(type, key);
    if (step === "anything") return undefined;
    if (step === undefined) {
      const before = formatFieldPattern(pattern.slice(0, at));
      const place = before === "" ? resource : `${before} of ${resource}`;
      return toFault(type, key, place, effect);
    }
    type = step;
  }
  return undefined;
}

/** Undefined if there is no such part; "anything" if the schema does not say. */
function take(type: ValueType, key: string | typeof EACH): ValueType | "anything" | undefined {
  if (type.type === "any") return "anything";
  if (type.type === "map") return type.values;
  if (type.type === "list") return key === EACH ? type.items : undefined;
  if (type.type !== "fields") return undefined;
  if (key === EACH) return "anything";
  return type.find(key) ?? (type.open ? "anything" : undefined);
}

function toFault(
  type: ValueType,
  key: string | typeof EACH | undefined,
  place: string,
  effect: string,
): Fault {
  if (type.type !== "fields" || typeof key !== "string") {
    return { message: `${place} has no parts, ${effect}` };
  }
  const near = suggestName(key, type.keys);
  const list = `there are: ${type.keys.join(", ")}`;
  return {
    message: `${place} has no field ${key}, ${effect}`,
    hint: near === undefined ? list : `did you mean ${near}?`,
  };
}
