import { formatFieldPath, parseStarredPath } from "./field-path.ts";
import { ok, refuse, type Result } from "../result.ts";
import { EACH, type FieldPattern, type ReadPath } from "../cel/read-paths.ts";

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

/**
 * Whether what is read has anything to do with what lies at a pattern, itself and all below. In doubt it has: a list on the way
 * is gone through, with `[*]` or without.
 */
export function isAffected({ path, whole }: ReadPath, pattern: FieldPattern): boolean {
  // Places in the pattern that the path may have come to.
  let places = new Set([0]);
  for (const step of path) {
    const next = new Set<number>();
    for (const at of places) {
      const key = pattern[at];
      if (key === EACH || step === EACH || step === key) next.add(at + 1);
      if (step === EACH && key !== EACH) next.add(at);
    }
    if (next.has(pattern.length)) return true;
    places = next;
  }
  return whole && places.size > 0;
}
