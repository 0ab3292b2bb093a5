import type { KubernetesObject } from "../../../../events/change.ts";
import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { readField, readList } from "../../../../core/json/read-json.ts";
import { isFinalizerRemoved, OF_DELETION } from "../../../../core/move/finalizers.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { toProblem } from "../../../../core/move/sentences.ts";
import { toResourceName } from "../../../../core/references/resource-name.ts";
import type { MoveRun, PhaseOutcome } from "./open-move.ts";

/** An object that is held, and its finalizers. */
export type HeldObject = { readonly object: MovedObject; readonly finalizers: readonly string[] };

type Held = {
  readonly live: KubernetesObject | null;
  readonly step: string;
  readonly side: "source" | "target";
  readonly reason: string;
  /** Further objects that are held at the same time. */
  readonly others?: readonly HeldObject[] | undefined;
};

/** An object that is being deleted and is not gone: it is waited for, and past the deadline a person has to look at what holds it. */
export function toHeld(run: MoveRun, object: MovedObject, held: Held): PhaseOutcome {
  const { live, step, side, reason, others = [] } = held;
  const own = readList(readField(live, "metadata", "finalizers")).map(String);
  const all = [{ object, finalizers: own }, ...others];
  const finalizers = [...new Set(all.flatMap((one) => one.finalizers))];
  const where = side === "target" ? " in the target" : "";
  const noun = finalizers.length === 1 ? "finalizer" : "finalizers";
  const from = all.length === 1 ? "" : ` ${all.length} objects`;
  const waitsFor =
    finalizers.length === 0
      ? `what is being deleted${where} to be gone`
      : `the ${noun} ${finalizers.join(", ")} to be taken off${from}${where}`;
  // It may have been deleted long before the move has come to it.
  const times = [live?.metadata["deletionTimestamp"], run.move.status?.since];
  const waitingSince = Math.max(...times.map((time) => Date.parse(String(time))));
  if (!(run.now() - waitingSince > run.deadlineMs("gone"))) {
    return { outcome: "wait", current: { object: nameMoved(object), doing: step, waitsFor } };
  }
  const managers = findFinalizerManagers(live);
  const who = managers.length === 0 ? "" : `, last written by ${managers.join(", ")}`;
  const holds = finalizers.length === 0 ? undefined : `${describeHolds(all)}${who}`;
  const way = toWayOut(run, { object, side, finalizers });
  const problem = toProblem(run.move.metadata.name, { object, step, reason, holds, ...way });
  return { outcome: "problem", problem };
}

/** The number of objects that are named; the rest is counted. */
const MOST_NAMED = 5;

/** `the finalizers a/b, c/d`; of several objects: `the finalizer a/b of 4 objects (Box x, ...); the finalizer c/d of Box y`. */
function describeHolds(all: readonly HeldObject[]): string {
  if (all.length === 1) {
    const [{ finalizers } = { finalizers: [] }] = all;
    return `the ${finalizers.length === 1 ? "finalizer" : "finalizers"} ${finalizers.join(", ")}`;
  }
  const names = new Map<string, string[]>();
  for (const { object, finalizers } of all) {
    for (const finalizer of finalizers) {
      names.set(finalizer, [...(names.get(finalizer) ?? []), nameMoved(object)]);
    }
  }
  const parts = [...names].map(([finalizer, objects]) => {
    const rest = objects.length - MOST_NAMED;
    const named = `${objects.slice(0, MOST_NAMED).join(", ")}${rest > 0 ? `, and ${rest} more` : ""}`;
    const whose = objects.length === 1 ? named : `${objects.length} objects (${named})`;
    return `the finalizer ${finalizer} of ${whose}`;
  });
  return parts.join("; ");
}

type WayOut = { readonly code: string; readonly wayOut: string; readonly isComplete?: true };

function toWayOut(
  run: MoveRun,
  {
    object,
    side,
    finalizers,
  }: {
    readonly object: MovedObject;
    readonly side: "source" | "target";
    readonly finalizers: readonly string[];
  },
): WayOut {
  const { metadata, spec } = run.move;
  const resume = `kubemend move --resume ${metadata.name}`;
  const others = finalizers.filter((finalizer) => !OF_DELETION.has(finalizer));
  if (finalizers.length > 0 && others.length === 0) {
    const wayOut = `leave it there: the garbage collector takes it off when it has looked after what the object owns. See that the kube-controller-manager of the ${side} runs`;
    return { code: "Held", wayOut };
  }
  const namespace = object.namespace === undefined ? "" : ` -n ${object.namespace}`;
  const edit = `kubectl edit ${toResourceName(object)} ${object.name}${namespace}`;
  if (side === "target" || others.length === 0) {
    const wayOut = `let the controller of the finalizer do its work, or take it off in the ${side}: ${edit}`;
    return { code: "Held", wayOut };
  }
  const denied = others.filter((one) => isFinalizerRemoved(one, spec) && !run.takesOff(one));
  if (denied.length > 0) {
    const wayOut = `the functions take off only what the pipeline declares: add ${denied.join(", ")} to removeFinalizers of the entry of moves, or carry the Move out yourself`;
    return { code: "NotDeclared", wayOut };
  }
  const options = others.map((finalizer) => ` --remove-finalizer ${finalizer}`).join("");
  const wayOut = `let the controller of the finalizer do its work, then continue with: ${resume}; or have the move take it off: ${resume}${options}`;
  return { code: "Held", wayOut, isComplete: true };
}

/** The managers that own entries of the list of finalizers. */
function findFinalizerManagers(live: unknown): readonly string[] {
  return readList(readField(live, "metadata", "managedFields")).flatMap((entry) =>
    readField(entry, "fieldsV1", "f:metadata", "f:finalizers") === undefined
      ? []
      : [String(readField(entry, "manager"))],
  );
}
