import type { KubernetesObject } from "../../../events/change.ts";
import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { readField, readList } from "../../../core/json/read-json.ts";
import { nameMoved } from "../../../core/move/moved-object.ts";
import { toProblem } from "../../../core/move/sentences.ts";
import type { MoveRun, PhaseOutcome } from "./move-run.ts";

/** An object that is being deleted and is not gone: it is waited for, and past the deadline a person has to look at what holds it. */
export function toHeld(
  run: MoveRun,
  object: MovedObject,
  {
    live,
    step,
    side,
    reason,
  }: {
    readonly live: KubernetesObject | null;
    readonly step: string;
    readonly side: "source" | "target";
    readonly reason: string;
  },
): PhaseOutcome {
  const finalizers = readList(readField(live, "metadata", "finalizers")).map(String);
  const where = side === "target" ? " in the target" : "";
  const waitsFor =
    finalizers.length === 0
      ? `what is being deleted${where} to be gone`
      : `the finalizers ${finalizers.join(", ")} to be taken off${where}`;
  // It may have been deleted long before the move has come to it.
  const times = [live?.metadata["deletionTimestamp"], run.move.status?.since];
  const waitingSince = Math.max(...times.map((time) => Date.parse(String(time))));
  if (!(run.now() - waitingSince > run.deadlineMs("gone"))) {
    return { outcome: "wait", current: { object: nameMoved(object), doing: step, waitsFor } };
  }
  const managers = findFinalizerManagers(live);
  const who = managers.length === 0 ? "" : `, last written by ${managers.join(", ")}`;
  const problem = toProblem(run.move.metadata.name, {
    code: "Held",
    object,
    step,
    reason,
    holds: `finalizers ${finalizers.join(", ")}${who}`,
    wayOut: `let the controller of the finalizer do its work, or take it off in the ${side}: kubectl patch with the finalizer left out`,
  });
  return { outcome: "problem", problem };
}

/** The managers that own entries of the list of finalizers. */
function findFinalizerManagers(live: unknown): readonly string[] {
  return readList(readField(live, "metadata", "managedFields")).flatMap((entry) =>
    readField(entry, "fieldsV1", "f:metadata", "f:finalizers") === undefined
      ? []
      : [String(readField(entry, "manager"))],
  );
}
