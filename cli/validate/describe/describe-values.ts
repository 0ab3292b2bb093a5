import { readOwn } from "../../../core/json/read-json.ts";

/** `NODE = object.spec.nodeName, MODE = "full"`, and lists by their items: an expression as it is, a text in quotes. */
export function describeValues(values: unknown): string {
  if (Array.isArray(values)) return values.map(describeValue).join(" ");
  if (typeof values !== "object" || values === null) return describeValue(values);
  const entries = Object.entries(values).map(([key, value]) => `${key} = ${describeValue(value)}`);
  return entries.join(", ");
}

function describeValue(value: unknown): string {
  const cel = readOwn(value, "cel");
  return typeof cel === "string" ? cel.trim() : JSON.stringify(value);
}
