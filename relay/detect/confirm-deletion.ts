import { readObject, type ReadObject } from "../../core/changes/read-object.ts";
import { toFieldTerm } from "../../adapters/kubernetes/api/field-selector.ts";
import {
  askUntilAnswered,
  type Attempt,
  type FailedAttempt,
} from "../reflector/ask-until-answered.ts";
import { getObject } from "../reflector/get.ts";
import { listAll, readCurrentResourceVersion } from "../reflector/list.ts";
import type { WatchDeps, WatchTarget } from "../reflector/target.ts";
import type { Change } from "./change.ts";

/** What became of an object that a watch no longer shows. `returned`: it is selected again, and the stream reports that next. */
export type Confirmation = "deleted" | "left" | "returned";

export type ConfirmDeps = WatchDeps & {
  readonly confirmed: (confirmation: Confirmation) => void;
  /** The cluster did not answer; it will be asked again after the wait. */
  readonly unconfirmed: (change: Change, failed: FailedAttempt) => void;
  /** The namespace is no longer selected: every living object there has left. */
  readonly outside?: boolean | undefined;
};

/** Whether an object can disappear from the watch and still exist in the cluster. */
export function isSelective(target: WatchTarget): boolean {
  return target.labelSelector !== undefined || target.fieldSelector !== undefined;
}

/**
 * Asks the cluster about an object that a watch with a selector no longer shows: DELETED is also what the server sends if only the
 * label was removed. If the same uid still exists the change becomes `left`, with the object and resourceVersion of the GET. Undefined
 * if it is selected again meanwhile, because the stream reports that, and if the signal was aborted.
 * Asks until there is an answer, with backoff: a deletion is never guessed.
 */
export async function confirmDeletion(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Change | undefined> {
  const question = {
    target,
    ask: (asked: WatchTarget) => ask(deps, asked, change, signal),
    mayRetry: (failed: FailedAttempt): boolean => {
      deps.unconfirmed(change, failed);
      return true;
    },
  };
  const answer = await askUntilAnswered(deps, question, signal);
  if (answer === undefined) return undefined;
  if (answer === "returned") {
    deps.confirmed("returned");
    return undefined;
  }
  deps.confirmed(answer.change === "left" ? "left" : "deleted");
  return answer;
}

async function ask(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Attempt<Change | "returned">> {
  const outside = await getOutside(deps, target, change, signal);
  if ("ending" in outside) return outside;
  const { answer: alive } = outside;
  if (alive === "returned") return { answer: "returned" };
  if (alive === "absent") return toDeleted(deps, target, change, signal);
  const { object, resourceVersion, generation, truncated } = alive;
  const left = {
    ...change,
    change: "left",
    object,
    resourceVersion,
    generation,
    truncated,
  } as const;
  if (deps.outside !== true) return { answer: left };
  // A relay that was watching when the labels changed has compared nothing.
  const gap = change.gap && change.onlyNamespace !== true;
  return { answer: { ...left, gap, onlyNamespace: true } };
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
    const looked = await getAlive(deps, target, change, signal);
    if ("ending" in looked || looked.answer === "absent" || deps.outside === true) return looked;
    const { resourceVersion } = looked.answer;
    if (resourceVersion === outsideAt || look > MAX_LOOKS) return looked;
    // It may be selected again, and then `left` would be the last message.
    const selected = await isSelected(deps, target, change, signal);
    if ("ending" in selected) return selected;
    if (selected.answer) return { answer: "returned" };
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

/** The same uid, if it is still there. */
async function getAlive(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Attempt<ReadObject | "absent">> {
  const got = await getObject(deps, toPlace(target, change), change.name, signal);
  if ("ending" in got || got.answer === "absent" || got.answer.uid === change.uid) return got;
  return { answer: "absent" };
}

async function isSelected(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Attempt<boolean>> {
  const byName = toFieldTerm("metadata.name", change.name);
  const fieldSelector =
    target.fieldSelector === undefined ? byName : `${target.fieldSelector},${byName}`;
  let answer = false;
  const asked = { ...toPlace(target, change), fieldSelector };
  for await (const part of listAll(deps, asked, signal)) {
    if (part.type === "ENDED") return { ending: part.ending };
    if (part.type === "RESTARTED") answer = false;
    if (part.type === "PAGE") answer ||= part.items.some((item) => isItem(item, target, change));
  }
  return { answer };
}

function isItem(item: unknown, { resource, projection }: WatchTarget, { uid }: Change): boolean {
  const read = readObject(item, resource, projection);
  return read.ok && read.value.uid === uid;
}

/** The namespace of the object instead of those that its watch reads. */
function toPlace(target: WatchTarget, { namespace }: Change): WatchTarget {
  return { ...target, namespace: namespace === "" ? null : namespace };
}
