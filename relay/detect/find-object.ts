import { toFieldTerm } from "../../adapters/kubernetes/api/field-selector.ts";
import { readObject, type ReadObject } from "../../core/changes/read-object.ts";
import type { Attempt } from "../reflector/ask-until-answered.ts";
import { getObject } from "../reflector/get.ts";
import { listAll } from "../reflector/list.ts";
import { isRefused } from "../reflector/reaction.ts";
import type { WatchDeps, WatchTarget } from "../reflector/target.ts";
import type { Change } from "./change.ts";

export type FoundObject = Attempt<ReadObject | "absent">;

/**
 * The object of a change as it is now, by its uid: another object that has its name does not count. By GET, and by LIST if the API
 * server refuses the GET: a name that is too long for an address can still be listed. Never throws.
 */
export async function findAlive(
  deps: WatchDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<FoundObject> {
  const got = await getObject(deps, toPlace(target, change), change.name, signal);
  if ("ending" in got) {
    if (!isRefused(got.ending, target.encoding)) return got;
    const all = { ...target, labelSelector: undefined, fieldSelector: undefined };
    return findSelected(deps, all, change, signal);
  }
  if (got.answer === "absent" || got.answer.uid === change.uid) return got;
  return { answer: "absent" };
}

/**
 * The object of a change, by its uid, if the target's selectors select it. The LIST names it; if the API server refuses that (a name
 * that is too long, a resource that cannot be selected by name), everything is listed that the watch itself would read there.
 */
export async function findSelected(
  deps: WatchDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<FoundObject> {
  const place = toPlace(target, change);
  const byName = toFieldTerm("metadata.name", change.name);
  const fieldSelector =
    target.fieldSelector === undefined ? byName : `${target.fieldSelector},${byName}`;
  const named = await findInList(deps, { ...place, fieldSelector }, change, signal);
  if (!("ending" in named) || !isRefused(named.ending, target.encoding)) return named;
  return findInList(deps, place, change, signal);
}

async function findInList(
  deps: WatchDeps,
  target: WatchTarget,
  { uid }: Change,
  signal: AbortSignal,
): Promise<FoundObject> {
  let answer: ReadObject | "absent" = "absent";
  for await (const part of listAll(deps, target, signal)) {
    if (part.type === "ENDED") return { ending: part.ending };
    if (part.type === "RESTARTED") answer = "absent";
    if (part.type !== "PAGE") continue;
    for (const item of part.items) {
      const read = readObject(item, target.resource, target.projection);
      if (read.ok && read.value.uid === uid) answer = read.value;
    }
  }
  return { answer };
}

/** The namespace of the object instead of those that its watch reads. */
function toPlace(target: WatchTarget, { namespace }: Change): WatchTarget {
  return { ...target, namespace: namespace === "" ? null : namespace };
}
