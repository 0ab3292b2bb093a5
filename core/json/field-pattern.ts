import { formatFieldPath, parseStarredPath } from "./field-path.ts";
import { ok, refuse, type Result } from "../result.ts";

/** Any item of a list, or any value of a map. */
export const EACH = null;

/** Keys from an object's root to a place, or places, in it. */
export type FieldPattern = readonly (string | typeof EACH)[];

/**
 * Reads `spec.containers[*].env[*].value` or `metadata.annotations["a.b"]`. Items of a list are not told apart: which one is
 * the first may change.
 */
export function parseFieldPattern(text: string): Result<FieldPattern, string> {
  const segments = parseStarredPath(text);
  if (!segments.ok) return segments;
  const pattern: (string | typeof EACH)[] = [];
  for (const segment of segments.value) {
    if (typeof segment === "number") {
      return refuse(`[${segment}] is one item, whose place may change: write [*] for all of them`);
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
