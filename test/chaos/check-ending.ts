import type { CheckedWatch, Miss, Sighting } from "./checked.ts";
import type { Checked } from "./check-order.ts";
import type { Truth, TruthEvent } from "./truth.ts";

/** The last that was said of an object is how things are with it. */
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
  const told = last === undefined ? "nothing was said" : describe(last);
  if (end.type === "state" && about.watch.selects(end.team)) {
    const isThere =
      last !== undefined &&
      (last.change === "added" || last.change === "modified") &&
      last.resourceVersion === end.resourceVersion &&
      last.step === end.step;
    if (isThere) return [];
    return miss("last state arrives", `is at ${end.resourceVersion} (${end.step}): ${told}`);
  }
  // What was never told of need not be taken back.
  if (last === undefined || toEndings(about).has(last.change)) return [];
  const how = end.type === "gone" ? `is ${end.how}` : `is no longer selected (${end.team})`;
  return miss("deletion arrives", `${how}: ${told} last`);
}

/** Which last words an object that is no longer to be seen may have. */
function toEndings({ watch, life, leaving }: Checked): ReadonlySet<Sighting["change"]> {
  const end = life.at(-1);
  if (end?.type === "state") {
    // Its deletion was told, and then undone: nobody looks for it where it is not selected.
    const wasGone = life.some(({ type }) => type === "gone");
    return new Set(wasGone ? ["deleted", leaving] : [leaving]);
  }
  // Once it has left we no longer look: a return that was over before it was told of needs no second word.
  const wasOutside = life.some((event) => event.type === "state" && !watch.selects(event.team));
  return new Set(wasOutside ? ["deleted", leaving] : ["deleted"]);
}

/** A name's last message is about the newest of its objects that were told of: a deletion does not come after a re-creation. */
export function checkGroups(
  watch: CheckedWatch,
  truth: Truth,
  sightings: readonly Sighting[],
): readonly Miss[] {
  const misses: Miss[] = [];
  for (const [name, ofName] of Map.groupBy(sightings, (sighting) => sighting.name)) {
    const told = new Set(ofName.map(({ uid }) => uid));
    const events = truth.get(name) ?? [];
    const newest = events.findLast(
      (event, index) =>
        event.type === "state" &&
        told.has(event.uid) &&
        (watch.selects(event.team) || !isUndone(event.uid, events.slice(0, index))),
    );
    const last = ofName.at(-1);
    if (newest === undefined || last === undefined || last.uid === newest.uid) continue;
    // Nobody has the name, and the word of an older object's end was said once more by a new epoch.
    const lastOfNewest = ofName.findLast(({ uid }) => uid === newest.uid);
    if (last.change === "deleted" && lastOfNewest?.change === "deleted") continue;
    const text = `${watch.key}: the last message of ${name} is about uid ${last.uid} (${describe(last)}), the newest object is ${newest.uid}`;
    misses.push({ rule: "order of a group", text, name });
  }
  return misses;
}

/** Its deletion was never so: etcd was put back. */
function isUndone(uid: string, before: readonly TruthEvent[]): boolean {
  return before.some((event) => event.type === "gone" && event.uid === uid);
}

function describe({ change, resourceVersion, step, epoch }: Sighting): string {
  const state = step === undefined ? "" : ` (${step})`;
  return `${change}@${resourceVersion}${state} of epoch ${epoch} was said`;
}
