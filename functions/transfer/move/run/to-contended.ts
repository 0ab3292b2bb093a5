import type { MovePhase, MoveStatus } from "../../../../events/moves/move.ts";
import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { getObject } from "../../../../adapters/kubernetes/api/objects.ts";
import { findWriters } from "../../../../core/move/find-writers.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { toProblem } from "../../../../core/move/sentences.ts";
import { limitText } from "../../../../core/text/limit-text.ts";
import type { MoveRun, PhaseOutcome } from "./open-move.ts";

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

/** Keeps the time of the first wait, so that waits for the same object in a row count as one, whatever step they interrupt. */
export function waitForWriters(
  { move: { status }, now }: MoveRun,
  object: MovedObject,
  { step, waitsFor }: { readonly step: string; readonly waitsFor: string },
): PhaseOutcome & { readonly outcome: "wait" } {
  const name = nameMoved(object);
  const known = status?.current?.object === name ? status.current.since : undefined;
  const since = known ?? new Date(now()).toISOString();
  return { outcome: "wait", current: { object: name, doing: step, waitsFor, since } };
}

type Contention = {
  readonly step: string;
  readonly reason: string;
  /** The object on the sides on which somebody may write it. */
  readonly live: readonly unknown[];
  readonly wayOut?: string | undefined;
};

/**
 * An earlier phase has to look once more, because others have undone what it did. It does so each time; past the deadline of a write, the
 * Move has the problem besides.
 */
export function goBack(
  run: MoveRun,
  object: MovedObject,
  {
    to,
    waitsFor,
    ...contention
  }: Contention & { readonly to: MovePhase; readonly waitsFor: string },
): PhaseOutcome {
  const { step } = contention;
  const because = isOverdue(run, object)
    ? toKeepsChanging(run, object, contention)
    : waitForWriters(run, object, { step, waitsFor });
  return { outcome: "back", to, because };
}

/** A source of which others have taken the pause off: it is paused again. */
export function toUnpaused(
  run: MoveRun,
  object: MovedObject,
  { source, step }: { readonly source: unknown; readonly step: string },
): PhaseOutcome {
  return goBack(run, object, {
    to: "Pausing",
    step,
    reason: "others take its pause off in the source each time that the move has paused it",
    waitsFor: "its pause to stay in the source",
    live: [source],
  });
}

/** The contention in a status. It is kept for later phases, which have to know it if others undo their work. */
export function toKeptContention({
  current,
  problem,
}: Pick<MoveStatus, "current" | "problem">): Pick<MoveStatus, "current" | "problem"> {
  return {
    ...(current?.since === undefined ? {} : { current }),
    ...(problem?.code === CODE ? { problem } : {}),
  };
}

export function toKeepsChanging(
  run: MoveRun,
  object: MovedObject,
  { step, reason, live, wayOut = "stop that, or pause the object (pause, --pause)" }: Contention,
): PhaseOutcome & { readonly outcome: "problem" } {
  const writers = [...new Set(live.flatMap(findWriters))].join(", ");
  const who = writers === "" ? "the others who write it" : limitText(writers, WRITERS_MAX);
  const problem = toProblem(run.move.metadata.name, {
    code: CODE,
    object,
    step,
    reason,
    holds: `${who} (kubectl get -o yaml --show-managed-fields)`,
    wayOut,
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
