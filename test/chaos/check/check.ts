import { checkEnding, checkGroups } from "./check-ending.ts";
import { checkCompared } from "./check-compared.ts";
import { checkMessage } from "./check-message.ts";
import { checkOrder } from "./check-order.ts";
import type { CheckInput, Miss, Sighting } from "./checked.ts";
import { isThing, type TruthEvent } from "./truth.ts";

/**
 * Compares the messages in the queue with the API server's answers. Pure. For each watch: an object's last state, or its
 * deletion or leaving, is the last message about it; the messages of one epoch are in the order in which the events
 * happened, and all of these events did happen; a name's last message is about its newest object; whether compared fields have changed is
 * said rightly; ids match events/ids.ts.
 */
export function check(input: CheckInput): readonly Miss[] {
  const misses: Miss[] = [];
  const sightings: Sighting[] = [];
  for (const message of input.received) {
    const read = checkMessage(message, input);
    misses.push(...read.misses);
    if (read.sighting !== undefined) sightings.push(read.sighting);
  }
  for (const watch of input.watches) {
    const ofWatch = sightings.filter((sighting) => sighting.watch === watch.key);
    const byUid = Map.groupBy(ofWatch, ({ uid }) => uid);
    for (const [name, events] of input.truth) {
      if (isThing(name) !== (watch.resource === "things")) continue;
      for (const [uid, life] of Map.groupBy(events, (event: TruthEvent) => event.uid)) {
        const about = { watch, name, uid, life, leaving: input.leaving };
        const seen = byUid.get(uid) ?? [];
        misses.push(...checkOrder(about, seen), ...checkEnding(about, seen));
        misses.push(...checkCompared(about, seen));
      }
    }
    misses.push(...checkGroups(watch, input.truth, ofWatch));
  }
  return misses;
}
