import type { Manifest } from "./manifest.ts";

/** A copy as it is to be. */
export type Desired = {
  readonly manifest: Manifest;
  /** For the subresource, if the rule mirrors the status and the source has one. */
  readonly status?: unknown;
  /** `Kind/name` of the owners that the copy does without. */
  readonly droppedOwners: readonly string[];
};
