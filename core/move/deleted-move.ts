import type { Move } from "../../events/moves/move.ts";
import type { MovedObject } from "../../events/moves/move-steps.ts";
import { KubemendError } from "../errors.ts";
import { nameMoved } from "./moved-object.ts";

/** Objects that are named; the rest is counted. */
const MOST_NAMED = 20;

/** The error after somebody has deleted a Move that was being carried out: it says what only the Move knew. */
export function toDeleted(
  { metadata: { name, uid }, status }: Move,
  objects: readonly MovedObject[],
): KubemendError {
  const phase = status?.phase ?? "Planning";
  const paused = objects.flatMap((object) => {
    const { pause, state } = object;
    if (pause === undefined || state === "Planned") return [];
    const place = pause.field ?? `annotation ${pause.annotation ?? ""}`;
    return [`${nameMoved(object)} (${place}: ${pause.before ?? "absent"})`];
  });
  const rest = paused.length - MOST_NAMED;
  const named = `${paused.slice(0, MOST_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
  const values =
    paused.length === 0
      ? "It had paused nothing."
      : `These objects may still be paused, and had these values before: ${named}.`;
  return new KubemendError(
    "NotFound",
    `somebody has deleted the Move ${name} while it was carried out, in the phase ${phase}. ${values} Copies in the target have the annotation kubemend.dev/moved-by: ${uid}. Delete those whose sources exist, or the sources whose copies exist, then begin another Move of the rest`,
    { retryable: false },
  );
}
