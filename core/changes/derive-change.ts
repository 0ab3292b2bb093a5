import { compareResourceVersions } from "./resource-version.ts";

/** What was delivered of an object last, or is on its way. `gone`: its deletion was; kept until no replay can bring it back. */
export type KnownState = {
  readonly resourceVersion: string;
  readonly gone: boolean;
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
  if (options.replace === true) return known.gone ? "added" : "modified";
  const order = compareResourceVersions(seen.resourceVersion, known.resourceVersion);
  if (order === "older") return "replayed";
  if (order === "same") return known.gone ? "replayed" : "unchanged";
  if (known.gone) return "added";
  if (options.generationOnly === true && seen.generation === known.generation) return "unchanged";
  return "modified";
}

/** An object is gone: is that news? Of one that was never delivered it is none. */
export function deriveAbsent(
  known: KnownState | undefined,
  resourceVersion: string | undefined,
): "deleted" | "unchanged" | "replayed" {
  if (known === undefined || known.gone) return "unchanged";
  if (resourceVersion === undefined) return "deleted";
  const order = compareResourceVersions(resourceVersion, known.resourceVersion);
  return order === "older" ? "replayed" : "deleted";
}
