import type { CheckedWatch, Miss, Sighting } from "./checked.ts";
import type { Checked } from "./check-order.ts";
import type { Truth, TruthEvent } from "./truth.ts";

/** The last message about an object must match its final state. */
export function checkEnding(about: Checked, sightings: readonly Sighting[]): readonly Miss[] {
  const end = about.life.at(-1);
  const last = sightings.at(-1);
  if (end === undefined) return [];
  const miss = (rule: Miss["rule"], text: string): readonly Miss[] => [
    {
      rule,
      text: `${about.watch.key}: ${about.name} (uid ${about.uid}) ${text}`,
      name: about.name,
    },
  ];
  const reported = last === undefined ? "nothing was reported" : `last report: ${describe(last)}`;
  if (end.type === "state" && about.watch.selects(end.team)) {
    const isThere =
      last !== undefined &&
      (last.change === "added" || last.change === "modified") &&
      last.resourceVersion === end.resourceVersion &&
      last.step === end.step;
    if (isThere) return [];
    return miss("last state arrives", `is at ${end.resourceVersion} (${end.step}); ${reported}`);
  }
  // An object that was never reported needs no deletion message either.
  if (last === undefined || toEndings(about).has(last.change)) return [];
  const how = end.type === "gone" ? `is ${end.how}` : `is no longer selected (${end.team})`;
  return miss("deletion arrives", `${how}; ${reported}`);
}

/** The changes that may be the last message about an object that is deleted or no longer selected. */
function toEndings({ watch, life, leaving }: Checked): ReadonlySet<Sighting["change"]> {
  const end = life.at(-1);
  if (end?.type === "state") {
    // Its deletion was reported and then rolled back: the relay does not look for an object that is not selected.
    const wasGone = life.some(({ type }) => type === "gone");
    return new Set(wasGone ? ["deleted", leaving] : [leaving]);
  }
  // After `left` the relay stops looking: a return that ended before it was reported needs no further message.
  const wasOutside = life.some((event) => event.type === "state" && !watch.selects(event.team));
  return new Set(wasOutside ? ["deleted", leaving] : ["deleted"]);
}

/** The last message of a name is about its newest reported object: a deletion must not follow the re-creation. */
export function checkGroups(
  watch: CheckedWatch,
  truth: Truth,
  sightings: readonly Sighting[],
): readonly Miss[] {
  const misses: Miss[] = [];
  for (const [name, ofName] of Map.groupBy(sightings, (sighting) => sighting.name)) {
    const reportedUids = new Set(ofName.map(({ uid }) => uid));
    const events = truth.get(name) ?? [];
    const newest = events.findLast(
      (event, index) =>
        event.type === "state" &&
        reportedUids.has(event.uid) &&
        (watch.selects(event.team) || !isUndone(event.uid, events.slice(0, index))),
    );
    const last = ofName.at(-1);
    if (newest === undefined || last === undefined || last.uid === newest.uid) continue;
    // The newest object is deleted, or has left the selection, and a new epoch reported the deletion of an older one again.
    const lastOfNewest = ofName.findLast(({ uid }) => uid === newest.uid);
    const isOver = lastOfNewest?.change === "deleted" || lastOfNewest?.change === "left";
    if (last.change === "deleted" && isOver) continue;
    const text = `${watch.key}: the last message of ${name} is about uid ${last.uid} (${describe(last)}), the newest object is ${newest.uid}`;
    misses.push({ rule: "order of a group", text, name });
  }
  return misses;
}

/** Its deletion was undone by an etcd rollback. */
function isUndone(uid: string, before: readonly TruthEvent[]): boolean {
  return before.some((event) => event.type === "gone" && event.uid === uid);
}

function describe({ change, resourceVersion, step, epoch }: Sighting): string {
  const state = step === undefined ? "" : ` (${step})`;
  return `${change}@${resourceVersion}${state} of epoch ${epoch}`;
}
