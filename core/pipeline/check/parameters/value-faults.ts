import { describeType, type ValueType } from "../../../cel/types/value-type.ts";
import { isObject } from "../../../json/read-json.ts";
import { suggestName } from "../../../text/suggest.ts";
import type { PlacedFault } from "./fault.ts";

type Place = PlacedFault["at"];

/** Fields whose texts may be written as numbers: quantities, as in `cpu: 1`. */
const QUANTITIES = new Set(["limits", "requests", "sizeLimit", "divisor", "storage"]);

/** The only values of fields of a Pod that the API server accepts. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  imagePullPolicy: ["Always", "IfNotPresent", "Never"],
  dnsPolicy: ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
  protocol: ["TCP", "UDP", "SCTP"],
  preemptionPolicy: ["PreemptLowerPriority", "Never"],
  terminationMessagePolicy: ["File", "FallbackToLogsOnError"],
};

/**
 * The faults of a value that is written in a rule, by the schema of its place: unknown fields, wrong types, and words that a field does not
 * have. The API server would refuse each of them. What the schema leaves open is accepted, and so is what is written as `{cel: ...}`.
 */
export function findValueFaults(
  type: ValueType,
  value: unknown,
  at: Place,
): readonly PlacedFault[] {
  if (isExpression(value)) return [];
  if (type.type === "list") {
    return Array.isArray(value)
      ? value.flatMap((item, index) => findValueFaults(type.items, item, [...at, index]))
      : [toTypeFault(type, value, at)];
  }
  if (type.type === "map" || type.type === "fields") {
    if (!isObject(value)) return [toTypeFault(type, value, at)];
    if (type.type === "fields") return findFieldFaults(type, value, at);
    return Object.entries(value).flatMap(([key, item]) =>
      findValueFaults(type.values, item, [...at, key]),
    );
  }
  return isScalar(type, value, at) ? findWordFault(value, at) : [toTypeFault(type, value, at)];
}

function isExpression(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 1 && typeof value["cel"] === "string";
}

function findFieldFaults(
  type: Extract<ValueType, { readonly type: "fields" }>,
  value: Readonly<Record<string, unknown>>,
  at: Place,
): readonly PlacedFault[] {
  return Object.entries(value).flatMap(([key, item]): readonly PlacedFault[] => {
    const field = type.find(key);
    if (field !== undefined) return findValueFaults(field, item, [...at, key]);
    if (type.open) return [];
    const near = suggestName(key, type.keys);
    const list = `there are: ${type.keys.join(", ")}`;
    const message = `${type.name} has no field ${key}, and the API server would refuse it`;
    return [
      { at: [...at, key], message, hint: near === undefined ? list : `did you mean ${near}?` },
    ];
  });
}

function isScalar({ type }: ValueType, value: unknown, at: Place): boolean {
  const isNumber = typeof value === "number";
  if (type === "text") return typeof value === "string" || (isNumber && at.some(isQuantity));
  if (type === "int") return isNumber ? Number.isInteger(value) : isLargeInteger(value);
  if (type === "number" || type === "double") return isNumber || isLargeInteger(value);
  return type !== "bool" || typeof value === "boolean";
}

function isQuantity(key: string | number): boolean {
  return typeof key === "string" && QUANTITIES.has(key);
}

/** One beyond 2^53, which is kept as its text. */
function isLargeInteger(value: unknown): boolean {
  return isObject(value) && typeof value["rawJSON"] === "string";
}

function toTypeFault(type: ValueType, value: unknown, at: Place): PlacedFault {
  const isQuoted =
    type.type === "text" && (typeof value === "number" || typeof value === "boolean");
  const isWord = typeof value === "string" && /^(?:\d+|true|false)$/.test(value);
  return {
    at,
    message: `${String(at.at(-1))} is ${describeType(type)}, and not ${describeValue(value)}`,
    hint: isQuoted
      ? `write it in quotes: "${String(value)}"`
      : isWord
        ? `write it without quotes: ${value}`
        : "the API server would refuse it",
  };
}

function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "fields" : JSON.stringify(value);
}

function findWordFault(value: unknown, at: Place): readonly PlacedFault[] {
  const key = String(at.at(-1));
  const choices = Object.hasOwn(CHOICES, key) ? CHOICES[key] : undefined;
  if (choices === undefined || typeof value !== "string" || choices.includes(value)) return [];
  const near = suggestName(value, choices);
  const list = `allowed: ${choices.join(", ")}`;
  return [
    {
      at,
      message: `${JSON.stringify(value)} is none of the values of ${key}`,
      hint: near === undefined ? list : `did you mean ${near}? ${list}`,
    },
  ];
}
