import type { ChangePath } from "../../operations/operation.ts";
import type { WrittenField } from "./action.ts";
import { readRuleValue } from "./rule-value.ts";

/** The field of a Node that keeps new Pods away from it. */
export const UNSCHEDULABLE = ["spec", "unschedulable"] as const;

const UNKNOWN = Symbol("unknown");

/** A field that gets a value as the rule has it: known unless that is CEL. */
export function toWritten(path: ChangePath, value: unknown): WrittenField {
  const to = readRuleValue(value, () => UNKNOWN);
  return to === UNKNOWN ? { path } : { path, to };
}

/** Whether one of the fields is the other, or a part of it. */
export function overlaps(one: ChangePath, other: ChangePath): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).every((segment, index) => mayBeSame(segment, other[index]));
}

/** An element of a list is found by values: two may be the same element unless a value differs. */
function mayBeSame(one: ChangePath[number], other: ChangePath[number] | undefined): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return Object.entries(one).every(([key, value]) => (other?.[key] ?? value) === value);
}
