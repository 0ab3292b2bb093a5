import { compareResourceVersions, type ResourceVersionOrder } from "./resource-version.ts";

/**
 * What the queue has of an object:
 * - `delivered`: this state was delivered, or is being sent.
 * - `attempted`: its first state was sent, but it is not known whether the queue accepted it.
 * - `tombstone`: its deletion, or `left`, was delivered; it is kept until no replay can bring the object back.
 */
export type Standing = "delivered" | "attempted" | "tombstone";

export type KnownState = {
  readonly resourceVersion: string;
  readonly standing: Standing;
  readonly generation: number | null;
};

/** The state of the object that the API server reports now. */
export type SeenState = {
  readonly resourceVersion: string;
  readonly generation: number | null;
};

export type DeriveOptions = {
  /** After an etcd rollback: the order of resourceVersions means nothing, and equal ones may be different states. */
  readonly replace?: boolean;
  /** An object that left may return with the same resourceVersion, because its namespace is selected again. */
  readonly mayReturn?: boolean;
  /** resourceVersions of this resource can only be compared for equality, even if they look like numbers. */
  readonly unordered?: boolean;
  /** Only a new metadata.generation counts as a change. */
  readonly generationOnly?: boolean;
};

/** The change of an object that exists, compared with what is known. A `replayed` state is older than the delivered one. */
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

/** The change of an object that does not exist any more. If the queue cannot have the object, there is nothing to report. */
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
