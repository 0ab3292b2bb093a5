import type { NothingReason } from "../../../core/mirror/mirror-decision.ts";
import type { Refusal } from "../../../core/mirror/manifest.ts";

/** The outcome for the copy of one object. */
export type CopyOutcome =
  | { readonly outcome: "created" | "updated" | "deleted"; readonly wasDrift?: boolean }
  /** In a dry run: the copy would be deleted and created. */
  | { readonly outcome: "replaced" }
  /** Nothing was to be done. */
  | { readonly outcome: "nothing"; readonly reason: NothingReason }
  /** Nothing more can be done until the object, the rule or the target changes. */
  | ({ readonly outcome: "failed"; readonly isConflict: boolean } & Refusal)
  | { readonly outcome: "retry"; readonly code: string; readonly reason: string };
