import type { TargetPlace } from "../../../../core/records/targets/progress.ts";

/** An object that is a target, or one that is refused as such. */
export type FoundTarget = {
  readonly at: TargetPlace;
  readonly namespace: string | null;
  readonly name: string;
  /** If only the object with this uid is meant. */
  readonly uid?: string;
  readonly refusal?: { readonly code: string; readonly message: string };
};
