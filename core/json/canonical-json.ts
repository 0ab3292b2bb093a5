import { isRawInteger } from "../../events/json.ts";

/**
 * JSON with the keys of every object sorted by code unit and without white space: values of equal meaning have equal text.
 * Fields that are undefined are left out. The value must be finite and without cycles, see `findNonJson`.
 */
export function toCanonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => toCanonicalJson(item)).join(",")}]`;
  if (typeof value === "object" && value !== null && !isRawInteger(value)) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, field]) => `${JSON.stringify(key)}:${toCanonicalJson(field)}`);
    return `{${fields.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
