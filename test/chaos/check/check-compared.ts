import type { Checked } from "./check-order.ts";
import type { Miss, Sighting } from "./checked.ts";
import type { StateEvent } from "./truth.ts";

/**
 * A message compares the team with that of the state that the queue accepted last before: a state that was merged into a later one was
 * never seen by anybody. After a gap the answer is not known. The relay may say at any time that it does not know; `checkQuiet` finds out
 * whether it knows when everything is quiet.
 */
export function checkCompared(about: Checked, sightings: readonly Sighting[]): readonly Miss[] {
  if (about.watch.compared !== true) return [];
  return sightings.flatMap((sighting, index) => {
    const { change, changed, resourceVersion, epoch } = sighting;
    const miss = (text: string): readonly Miss[] => {
      const what = `${about.name}@${resourceVersion} (uid ${about.uid}, epoch ${epoch})`;
      return [{ rule: "compared", text: `${what}: ${text}`, name: about.name }];
    };
    if (change !== "modified") return [];
    if (changed === undefined) return miss("its message does not say whether the team has changed");
    if (changed === "unknown") return [];
    if (sighting.gap === true) return miss(`after a gap it says ${changed}`);
    const possible = toAnswers(about, sighting, sightings.slice(0, index));
    return possible.includes(changed)
      ? []
      : miss(`it says ${changed}, and right would be ${possible.join(" or ")}`);
  });
}

/** The right answers: several, if none of the states before it was reported, because they were there before the relay was. */
function toAnswers(
  { life }: Checked,
  sighting: Sighting,
  before: readonly Sighting[],
): readonly ("yes" | "no")[] {
  const states = life.filter((event): event is StateEvent => event.type === "state");
  // After a rollback of etcd another state may have the number.
  const indexOf = ({ resourceVersion, step }: Sighting): number =>
    states.findIndex(
      (state) =>
        state.resourceVersion === resourceVersion && (step === undefined || state.step === step),
    );
  const at = indexOf(sighting);
  const reported = withoutRolledBack(before, indexOf).filter((index) => index < at);
  const compared = reported.length === 0 ? states.slice(0, at) : [states[Math.max(...reported)]];
  return compared.flatMap((state) =>
    state === undefined ? [] : [state.team === states[at]?.team ? "no" : "yes"],
  );
}

/**
 * The states that were reported. If a gap reports an older one than was reported before it, etcd was rolled back, and the later ones are
 * left out: the next state is not compared with them.
 */
function withoutRolledBack(
  before: readonly Sighting[],
  indexOf: (sighting: Sighting) => number,
): readonly number[] {
  let reported: number[] = [];
  for (const sighting of before) {
    const index = indexOf(sighting);
    if (index < 0) continue;
    if (sighting.gap === true) reported = reported.filter((earlier) => earlier <= index);
    reported.push(index);
  }
  return reported;
}

/** Nothing fails any more, and each state was accepted before the next one was written: of the last ones it must be known. */
export function checkQuiet(
  name: string,
  sightings: readonly Sighting[],
  wanted: readonly ("yes" | "no")[],
): readonly Miss[] {
  const said = sightings.slice(-wanted.length).map(({ changed }) => changed ?? "nothing");
  if (said.join() === wanted.join()) return [];
  const text = `${name}: of its last states it says ${said.join(", ")}, and right would be ${wanted.join(", ")}`;
  return [{ rule: "compared", text, name }];
}
