import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { forEachConcurrently } from "../../../../core/for-each-concurrently.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { isPassing } from "../../../../core/move/status/passing-problem.ts";
import { MOST_AT_ONCE } from "./most-at-once.ts";
import { DONE, type MoveRun, type PhaseOutcome } from "./open-move.ts";

/** An object with which a step has not succeeded, and its outcome. */
export type Trouble = {
  readonly object: MovedObject;
  readonly outcome: Exclude<PhaseOutcome, { readonly outcome: "done" }>;
};

/**
 * Works on objects side by side, and returns those with which it did not succeed, in the order of the objects. The trouble of one holds up no
 * other, unless the cluster does not answer. The object of the Move's last problem comes last, so that the same objects are not first each time.
 */
export async function workOnEach(
  { move }: Pick<MoveRun, "move">,
  objects: readonly MovedObject[],
  signal: AbortSignal,
  work: (object: MovedObject) => Promise<PhaseOutcome>,
): Promise<readonly Trouble[]> {
  const name = move.status?.problem?.object;
  const refused = name === undefined ? -1 : objects.findIndex((one) => nameMoved(one) === name);
  const inOrder = [...objects.slice(refused + 1), ...objects.slice(0, refused + 1)];
  const found = new Map<MovedObject, Trouble>();
  await forEachConcurrently(inOrder, MOST_AT_ONCE, async (object) => {
    if (signal.aborted || isAway([...found.values()])) return;
    const outcome = await work(object);
    if (outcome.outcome !== "done") found.set(object, { object, outcome });
  });
  signal.throwIfAborted();
  return objects.flatMap((object) => found.get(object) ?? []);
}

/** Adds the objects of a level that are in trouble, and the owners of all of its objects that are held, to those that have to wait. */
export function holdOwners(
  held: Set<string>,
  level: readonly MovedObject[],
  troubles: readonly Trouble[],
): void {
  for (const { object } of troubles) held.add(object.uid);
  for (const { owners = [] } of level.filter(({ uid }) => held.has(uid))) {
    for (const owner of owners) held.add(owner);
  }
}

/** Whether so many requests have failed for a reason that may pass that the cluster counts as away: each further one may take its whole time. */
export function isAway(troubles: readonly Trouble[]): boolean {
  const passing = troubles.filter(
    ({ outcome }) => outcome.outcome === "problem" && isPassing(outcome.problem.code),
  );
  return passing.length >= MOST_AT_ONCE;
}

/** The outcome of a step for all its objects: the first trouble, those first that others have undone, and those last that only take their time. */
export function toOutcome(troubles: readonly Pick<Trouble, "outcome">[]): PhaseOutcome {
  const outcomes = troubles.map(({ outcome }) => outcome);
  const back = outcomes.find(({ outcome }) => outcome === "back");
  if (back !== undefined) return back;
  const problems = outcomes.flatMap((one) => (one.outcome === "problem" ? [one.problem] : []));
  const [problem, ...others] = problems;
  if (problem === undefined) return outcomes[0] ?? DONE;
  if (others.length === 0) return { outcome: "problem", problem };
  const noun = others.length === 1 ? "object" : "objects";
  const reason = `${problem.reason}; ${others.length} other ${noun} could not be worked on in this step, either`;
  return { outcome: "problem", problem: { ...problem, reason } };
}
