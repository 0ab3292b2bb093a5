import { parseFieldPath } from "../../json/field-path.ts";
import { isObject, readField } from "../../json/read-json.ts";

/** The longest value of an annotation that is kept. */
const MAX_BEFORE = 1_000;

/** Why an object cannot be paused at this place; undefined if it can. Total on any JSON. */
export function findPauseFault(
  object: unknown,
  { field, annotation }: { readonly field?: string; readonly annotation?: string },
): string | undefined {
  if (annotation !== undefined) {
    const value = readField(object, "metadata", "annotations", annotation);
    return typeof value === "string" && value.length > MAX_BEFORE
      ? `the value of its annotation ${annotation} is longer than ${MAX_BEFORE} characters and cannot be kept`
      : undefined;
  }
  const path = parseFieldPath(field ?? "");
  if (!path.ok) return `${field} is not the path of a field: ${path.error}`;
  if (path.value.some((part) => typeof part !== "string")) {
    return `${field} leads into a list, where nothing can be paused`;
  }
  const parts = path.value.map(String);
  for (let depth = 1; depth < parts.length; depth += 1) {
    const above = readField(object, ...parts.slice(0, depth));
    if (above !== undefined && above !== null && !isObject(above)) {
      return `${parts.slice(0, depth).join(".")} is no object that could have ${field}`;
    }
  }
  const value = readField(object, ...parts);
  return value === undefined || value === null || typeof value === "boolean"
    ? undefined
    : `its field ${field} is no boolean`;
}
