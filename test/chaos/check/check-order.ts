import type { CheckedWatch, Leaving, Miss, Sighting } from "./checked.ts";
import type { TruthEvent } from "./truth.ts";

/** One object on one watch. */
export type Checked = {
  readonly watch: CheckedWatch;
  readonly name: string;
  readonly uid: string;
  /** Its events, in order. */
  readonly life: readonly TruthEvent[];
  readonly leaving: Leaving;
};

/**
 * Within one epoch each message must describe an event that is later than the event of the previous message, so that
 * nothing is invented, repeated or out of order. A new epoch may begin anywhere, because it repeats what may be lost.
 */
export function checkOrder(about: Checked, sightings: readonly Sighting[]): readonly Miss[] {
  const misses: Miss[] = [];
  let epoch = -1;
  let reached = -1;
  for (const sighting of sightings) {
    if (sighting.epoch < epoch) {
      misses.push(toMiss(about, sighting, `arrived after epoch ${epoch}`, "order within an epoch"));
    }
    if (sighting.epoch !== epoch) reached = -1;
    epoch = sighting.epoch;
    const at = about.life.findIndex(
      (event, index) => index > reached && fits(about, sighting, event),
    );
    if (at !== -1) {
      reached = at;
      continue;
    }
    const happened = about.life.some((event) => fits(about, sighting, event));
    misses.push(
      happened
        ? toMiss(
            about,
            sighting,
            "is a duplicate, or arrived after a newer one",
            "order within an epoch",
          )
        : toMiss(about, sighting, "never happened", "nothing invented"),
    );
  }
  return misses;
}

/** Whether this message is a correct report of this event. */
function fits({ watch, leaving }: Checked, sighting: Sighting, event: TruthEvent): boolean {
  const isOut = event.type === "state" && !watch.selects(event.team);
  switch (sighting.change) {
    case "added":
    case "modified":
      return event.type === "state" && !isOut && isState(sighting, event);
    case "left":
      return leaving === "left" && isOut && isState(sighting, event);
    case "deleted":
      return event.type === "gone" || (leaving === "deleted" && isOut);
  }
}

function isState(sighting: Sighting, event: Extract<TruthEvent, { type: "state" }>): boolean {
  return sighting.resourceVersion === event.resourceVersion && sighting.step === event.step;
}

function toMiss(about: Checked, sighting: Sighting, what: string, rule: Miss["rule"]): Miss {
  const { change, resourceVersion, epoch, uid } = sighting;
  const text = `${about.watch.key}: ${change} of ${about.name}@${resourceVersion} (uid ${uid}, epoch ${epoch}) ${what}`;
  return { rule, text, name: about.name };
}
