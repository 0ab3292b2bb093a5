import type { ReadObject } from "../../core/changes/read-object.ts";
import {
  askUntilAnswered,
  type Attempt,
  type FailedAttempt,
} from "../reflector/ask-until-answered.ts";
import { readCurrentResourceVersion } from "../reflector/list.ts";
import type { WatchDeps, WatchTarget } from "../reflector/target.ts";
import type { Change } from "./change.ts";
import { findAlive, findSelected } from "./find-object.ts";

/** What became of an object that a watch no longer shows. `returned`: it is selected again, and the stream reports that next. */
export type Confirmation = "deleted" | "left" | "returned";

export type ConfirmDeps = WatchDeps & {
  readonly confirmed: (confirmation: Confirmation) => void;
  /** The cluster did not answer; it will be asked again after the wait. */
  readonly unconfirmed: (change: Change, failed: FailedAttempt) => void;
  /** The API server keeps refusing the question; this change, which is certain, is reported instead of an answer. */
  readonly unanswerable: (certain: Change, failed: FailedAttempt) => void;
  /** The namespace is no longer selected: every living object there has left. */
  readonly outside?: boolean | undefined;
};

/** Whether an object can disappear from the watch and still exist in the cluster. */
export function isSelective(target: WatchTarget): boolean {
  return target.labelSelector !== undefined || target.fieldSelector !== undefined;
}

/** A proxy may refuse for a moment what the API server accepts; asked more often, the answer is not another one. */
const MAX_REFUSALS = 5;

/**
 * Asks the cluster about an object that a watch with a selector no longer shows: DELETED is also what the server sends if only the
 * label was removed. If the same uid still exists the change becomes `left`, with the object and resourceVersion of the GET. Undefined
 * if it is selected again meanwhile, because the stream reports that, and if the signal was aborted.
 * Asks until there is an answer, with backoff: a deletion is never guessed. Only if the API server keeps refusing the question itself,
 * the change becomes what is certain, so that one object cannot hold up its watch.
 */
export async function confirmDeletion(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Change | undefined> {
  // That it is no longer selected: the watch has said so.
  let certain = toLeft(deps, change);
  let refusals = 0;
  const question = {
    target,
    ask: (asked: WatchTarget) =>
      ask(deps, asked, { change, isGone: () => (certain = change) }, signal),
    mayRetry: (failed: FailedAttempt): boolean => {
      refusals = failed.reaction.cause === "refused" ? refusals + 1 : 0;
      if (refusals < MAX_REFUSALS) deps.unconfirmed(change, failed);
      else deps.unanswerable(certain, failed);
      return refusals < MAX_REFUSALS;
    },
  };
  const answer = await askUntilAnswered(deps, question, signal);
  if (answer === undefined) return refusals < MAX_REFUSALS ? undefined : certain;
  if (answer === "returned") {
    deps.confirmed("returned");
    return undefined;
  }
  deps.confirmed(answer.change === "left" ? "left" : "deleted");
  return answer;
}

type Doubt = {
  readonly change: Change;
  /** Called if the object no longer exists, which is certain from then on. */
  readonly isGone: () => void;
};

async function ask(
  deps: ConfirmDeps,
  target: WatchTarget,
  { change, isGone }: Doubt,
  signal: AbortSignal,
): Promise<Attempt<Change | "returned">> {
  const outside = await getOutside(deps, target, change, signal);
  if ("ending" in outside) return outside;
  const { answer: alive } = outside;
  if (alive === "returned") return { answer: "returned" };
  if (alive === "absent") {
    isGone();
    return toDeleted(deps, target, change, signal);
  }
  const { object, resourceVersion, generation, truncated } = alive;
  const left = {
    ...change,
    object,
    resourceVersion,
    generation,
    truncated,
  };
  return { answer: toLeft(deps, left) };
}

function toLeft({ outside }: ConfirmDeps, change: Change): Change {
  if (outside !== true) return { ...change, change: "left" };
  // A relay that was watching when the labels changed has compared nothing.
  const gap = change.gap && change.onlyNamespace !== true;
  return { ...change, change: "left", gap, onlyNamespace: true };
}

/** An object that changes faster than it can be asked about must not hold up its watch. */
const MAX_LOOKS = 5;

/**
 * The object in a state in which it is not selected. GET and LIST happen at two moments: only an object that is the same before and
 * after "not selected" was in that state while it was outside.
 */
async function getOutside(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Attempt<ReadObject | "absent" | "returned">> {
  // The resourceVersion of a DELETED is that of the write which took the object out of the selection.
  let outsideAt = change.resourceVersion;
  for (let look = 1; ; look += 1) {
    const looked = await findAlive(deps, target, change, signal);
    if ("ending" in looked || looked.answer === "absent" || deps.outside === true) return looked;
    const { resourceVersion } = looked.answer;
    if (resourceVersion === outsideAt || look > MAX_LOOKS) return looked;
    // It may be selected again, and then `left` would be the last message.
    const selected = await findSelected(deps, target, change, signal);
    if ("ending" in selected) return selected;
    if (selected.answer !== "absent") return { answer: "returned" };
    outsideAt = resourceVersion;
  }
}

/**
 * What the stream still replays of a deleted object is older than the answer that it is deleted, and must not bring it back: the next
 * DELETED would have the id of this one, and SQS would drop it as a duplicate. So the deletion gets the current resourceVersion.
 */
async function toDeleted(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Attempt<Change>> {
  const current = await readCurrentResourceVersion(deps, target, signal);
  if ("ending" in current) return current;
  const { resourceVersion } = current;
  return { answer: { ...change, resourceVersion, seenVersion: change.resourceVersion } };
}
