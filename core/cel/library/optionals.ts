import { fromJson } from "../values/json.ts";
import { charge } from "../values/meter.ts";
import { NONE, Optional } from "../values/optional.ts";
import { Duration } from "../values/time.ts";
import { Double, isMap, Uint, type Answer, type Value } from "../values/value.ts";
import { countEntries } from "../values/json.ts";
import { fail, onList, take, type CelFunction, type Library } from "./function.ts";

/** `or` and `orValue` are not here, because they evaluate their argument only if they need it: see plan/plan-call.ts. */
export const OPTIONALS: Library = {
  "optional.of": take(1, (value) => new Optional(value)),
  "optional.none": take(0, () => NONE),
  "optional.ofNonZeroValue": take(1, (value) => (isZeroValue(value) ? NONE : new Optional(value))),
  ".hasValue": onOptional((optional) => optional.value !== undefined),
  ".value": onOptional((optional) => optional.value ?? noValue(optional)),
  ".unwrapOpt": onList(unwrap),
  "optional.unwrap": onList(unwrap),
};

function onOptional(run: (optional: Optional) => Answer): CelFunction {
  return take(1, (value) => (value instanceof Optional ? run(value) : undefined));
}

function noValue(optional: Optional): Answer {
  return optional.value === null
    ? null
    : fail("the optional has no value: orValue(...) gives another one then");
}

function isZeroValue(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === "") return true;
  if (value instanceof Double) return value.value === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Optional) return value.value === undefined;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return isMap(value) && countEntries(value) === 0;
}

function unwrap(list: readonly unknown[]): Answer {
  charge(list.length);
  const values: Value[] = [];
  for (const item of list) {
    const optional = fromJson(item);
    if (!(optional instanceof Optional)) return fail("unwrap is for a list of optionals");
    if (optional.value !== undefined) values.push(optional.value);
  }
  return values;
}
