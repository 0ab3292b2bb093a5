export type ResourceVersionOrder = "older" | "same" | "newer" | "unknown";

/**
 * Whether `a` is older or newer than `b`. Built-in kinds and custom resources have decimal numbers; anything else can only be
 * compared for equality. Compares lengths, then digits, because the numbers may exceed 2^53.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function compareResourceVersions(a: string, b: string): ResourceVersionOrder {
  if (a === b) return "same";
  if (!isCounted(a) || !isCounted(b)) return "unknown";
  if (a.length !== b.length) return a.length < b.length ? "older" : "newer";
  return a < b ? "older" : "newer";
}

/** Whether `version` is not newer than `place`; false if they cannot be ordered. */
export function isUpTo(version: string, place: string): boolean {
  const order = compareResourceVersions(version, place);
  return order === "older" || order === "same";
}

function isCounted(version: string): boolean {
  return /^(0|[1-9][0-9]*)$/.test(version);
}
