import { compareResourceVersions, type ResourceVersionOrder } from "./resource-version.ts";

/**
 * Where an object stands with the queue:
 * - `delivered`: this state was, or is on its way.
 * - `attempted`: its first state was sent, and whether the queue has it is not known.
 * - `tombstone`: its deletion, or its leaving, was delivered; known until no replay can bring the object back.
 */
export type Standing = "delivered" | "attempted" | "tombstone";

export type KnownState = {
  readonly resourceVersion: string;
  readonly standing: Standing;
  readonly generation: number | null;
};

/** What the API server says of it now. */
export type SeenState = {
  readonly resourceVersion: string;
  readonly generation: number | null;
};

export type DeriveOptions = {
  /** The history went back: an order of resourceVersions means nothing, and equal ones may be different states. */
  readonly replace?: boolean;
  /** A state that left may come back as it was: its namespace is selected again. */
  readonly mayReturn?: boolean;
  /** resourceVersions can only be told apart, whatever they look like. */
  readonly unordered?: boolean;
  /** Only a new metadata.generation is news. */
  readonly generationOnly?: boolean;
};

/** An object is there: is that news? `replayed` states are older than what was delivered. */
export function derivePresent(
  known: KnownState | undefined,
  seen: SeenState,
  options: DeriveOptions = {},
): "added" | "modified" | "unchanged" | "replayed" {
  if (known === undefined) return "added";
  const isNew = known.standing !== "delivered";
  if (options.replace === true) return isNew ? "added" : "modified";
  const order = compare(seen.resourceVersion, known.resourceVersion, options);
  if (order === "older") return "replayed";
  if (order === "same" && known.standing === "tombstone" && options.mayReturn !== true) {
    return "replayed";
  }
  if (isNew) return "added";
  if (order === "same") return "unchanged";
  if (options.generationOnly === true && seen.generation === known.generation) return "unchanged";
  return "modified";
}

/** An object is gone: is that news? Of one that the queue cannot have it is none. */
export function deriveAbsent(
  known: KnownState | undefined,
  resourceVersion: string | undefined,
  options: Pick<DeriveOptions, "unordered"> = {},
): "deleted" | "unchanged" | "replayed" {
  if (known === undefined || known.standing === "tombstone") return "unchanged";
  if (resourceVersion === undefined) return "deleted";
  const order = compare(resourceVersion, known.resourceVersion, options);
  return order === "older" ? "replayed" : "deleted";
}

function compare(
  a: string,
  b: string,
  options: Pick<DeriveOptions, "unordered">,
): ResourceVersionOrder {
  if (options.unordered === true) return a === b ? "same" : "unknown";
  return compareResourceVersions(a, b);
}
