import { readField, readList, readOwn } from "../json/read-json.ts";
import { FIELD_MANAGER } from "../operations/managed-fields.ts";

/** The field managers besides Kubemend that have written an object, the latest first. */
export function findWriters(live: unknown): readonly string[] {
  const entries = readList(readField(live, "metadata", "managedFields")).flatMap((entry) => {
    const manager = readOwn(entry, "manager");
    const at = Date.parse(String(readOwn(entry, "time")));
    if (typeof manager !== "string" || manager === FIELD_MANAGER) return [];
    return [{ manager, at: Number.isNaN(at) ? 0 : at }];
  });
  const latest = entries.toSorted((one, other) => other.at - one.at);
  return [...new Set(latest.map(({ manager }) => manager))];
}
