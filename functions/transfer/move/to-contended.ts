import type { KubernetesObject } from "../../../events/change.ts";
import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { getObject } from "../../../adapters/kubernetes/api/objects.ts";
import { findWriters } from "../../../core/move/find-writers.ts";
import { nameMoved } from "../../../core/move/moved-object.ts";
import { toProblem } from "../../../core/move/sentences.ts";
import { limitText } from "../../../core/text/limit-text.ts";
import type { MoveRun, PhaseOutcome } from "./move-run.ts";

const CODE = "KeepsChanging";
/** The definition of Moves allows 2,048 characters, of which the rest of the sentence needs some. */
const WRITERS_MAX = 1_000;

/**
 * The outcome for an object that others have written between the look at it and the write of the move: it is looked at again, and past the
 * deadline of a write a person has to stop them.
 */
export async function toContended(
  run: MoveRun,
  object: MovedObject,
  { step, side }: { readonly step: string; readonly side: "source" | "target" },
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  if (!isOverdue(run, object)) {
    return waitForWriters(run, object, { step, waitsFor: "the others who write it" });
  }
  const { client, target } = run.toPlace(side, object, signal);
  const live = await getObject(client, target, signal);
  const reason = `others write it in the ${side} all the time, and no write of the move finds it as it was read`;
  return toKeepsChanging(run, object, { step, reason, live: [live] });
}

/** The time of the first of several waits in a row for those who write an object is kept, whatever the move tries to do with it. */
export function waitForWriters(
  { move: { status }, now }: MoveRun,
  object: MovedObject,
  { step, waitsFor }: { readonly step: string; readonly waitsFor: string },
): PhaseOutcome {
  const name = nameMoved(object);
  const known = status?.current?.object === name ? status.current.since : undefined;
  const since = known ?? new Date(now()).toISOString();
  return { outcome: "wait", current: { object: name, doing: step, waitsFor, since } };
}

/** `live`: the object on the sides on which somebody may write it. */
export function toKeepsChanging(
  run: MoveRun,
  object: MovedObject,
  {
    step,
    reason,
    live,
  }: {
    readonly step: string;
    readonly reason: string;
    readonly live: readonly (KubernetesObject | null)[];
  },
): PhaseOutcome {
  const writers = [...new Set(live.flatMap(findWriters))].join(", ");
  const who = writers === "" ? "the others who write it" : limitText(writers, WRITERS_MAX);
  const problem = toProblem(run.move.metadata.name, {
    code: CODE,
    object,
    step,
    reason,
    holds: `${who} (kubectl get -o yaml --show-managed-fields)`,
    wayOut: "stop that, or pause the object (pause, --pause)",
  });
  return { outcome: "problem", problem };
}

/** Whether others have written an object for longer than a write may take, each time that the move has looked at it. */
export function isOverdue(
  { move: { status }, now, deadlineMs }: MoveRun,
  object: MovedObject,
): boolean {
  const { current, problem } = status ?? {};
  const name = nameMoved(object);
  if (problem?.code === CODE && problem.object === name) return true;
  if (current?.object !== name || current.since === undefined) return false;
  return now() - Date.parse(current.since) > deadlineMs("write");
}
