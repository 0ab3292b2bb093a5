import { formatFieldPath, parseStarredPath } from "./field-path.ts";
import { ok, refuse, type Result } from "../result.ts";

/** Any item of a list, or any value of a map. */
export const EACH = null;

/** Keys that lead from the root of an object to one or more places in it. */
export type FieldPattern = readonly (string | typeof EACH)[];

/**
 * Reads `spec.containers[*].env[*].value` or `metadata.annotations["a.b"]`. A pattern cannot select a single
 * item of a list, because the order of the items may change.
 */
export function parseFieldPattern(text: string): Result<FieldPattern, string> {
  const segments = parseStarredPath(text);
  if (!segments.ok) return segments;
  const pattern: (string | typeof EACH)[] = [];
  for (const segment of segments.value) {
    if (typeof segment === "number") {
      return refuse(
        `[${segment}] selects one item, whose position may change: write [*] for all items`,
      );
    }
    pattern.push(segment);
  }
  return ok(pattern);
}

/** The text that `parseFieldPattern` reads back. */
export function formatFieldPattern(pattern: FieldPattern): string {
  let text = "";
  for (const segment of pattern) {
    const step = segment === EACH ? "[*]" : formatFieldPath([segment]);
    text += text === "" || step.startsWith("[") ? step : `.${step}`;
  }
  return text;
}
