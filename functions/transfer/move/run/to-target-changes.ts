import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { findDrift } from "../../../../core/mirror/find-drift.ts";
import { readAppliedFields } from "../../../../core/operations/managed-fields.ts";
import type { Manifest } from "../../../../core/mirror/manifest.ts";
import { toProblem } from "../../../../core/move/sentences.ts";
import { hasDeleted, type MoveRun, type PhaseOutcome } from "./open-move.ts";

/** The path of a field that the answer to a write does not have as it was written; undefined if there is none. */
export function findLostField(manifest: Manifest, answer: unknown): string | undefined {
  // An answer that does not say what was applied is compared when the copy is verified.
  if (readAppliedFields(answer) === undefined) return undefined;
  const [difference] = findDrift(manifest, answer);
  return difference?.path.join(".");
}

/**
 * The outcome for a copy that the target does not store as it is written: nobody keeps changing it, so waiting does not help, and further
 * objects of its kind would be stored in the same way.
 */
export function toTargetChanges(
  run: MoveRun,
  object: MovedObject,
  { step, field }: { readonly step: string; readonly field: string },
): PhaseOutcome {
  const { name } = run.move.metadata;
  const wayOut =
    "have the target leave the field as it is (its admission, or the definition of the resource there), or change it in the source to what the target makes of it";
  const problem = toProblem(name, {
    code: "TargetChanges",
    object,
    step,
    reason: `the target has accepted the copy, and in its answer the field ${field} is not as it was written: admission or the definition there changes it`,
    wayOut: hasDeleted(run)
      ? wayOut
      : `${wayOut}; or end this move with: kubemend move --rollback ${name}`,
  });
  return { outcome: "problem", problem };
}
