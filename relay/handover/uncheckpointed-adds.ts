import { isUpTo } from "../../core/changes/resource-version.ts";

/** An object whose first state the queue received, or may have received. */
export type UncheckpointedAdd = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
};

/** About 100 bytes each. */
const MAX_NAMED = 500;

/**
 * Objects that were new to the queue, above the checkpoint in the Lease. A successor that never saw such an object must report its
 * deletion, and learns of it only from this list; objects at or below the checkpoint are found by a list at that very
 * resourceVersion. At most 500 are named; if a first snapshot is larger, the rest are not.
 */
export class UncheckpointedAdds {
  readonly #ofWatch = new Map<string, Map<string, UncheckpointedAdd>>();
  #count = 0;
  #registered = 0;

  register(watch: string, { namespace, name, uid, resourceVersion }: UncheckpointedAdd): void {
    const ofWatch = this.#ofWatch.get(watch) ?? new Map<string, UncheckpointedAdd>();
    const named = ofWatch.get(uid);
    if (named?.resourceVersion === resourceVersion) return;
    if (named === undefined && this.#count >= MAX_NAMED) return;
    // An object that left and was sent again is named at its later resourceVersion.
    this.#ofWatch.set(watch, ofWatch.set(uid, { namespace, name, uid, resourceVersion }));
    if (named === undefined) this.#count += 1;
    this.#registered += 1;
  }

  /** How many registrations there have been. It grows whenever the Lease has to be written again. */
  registered(): number {
    return this.#registered;
  }

  /** The objects of a watch above this checkpoint; the others are dropped. */
  above(watch: string, checkpoint: string): readonly UncheckpointedAdd[] {
    const ofWatch = this.#ofWatch.get(watch);
    if (ofWatch === undefined) return [];
    for (const [uid, { resourceVersion }] of ofWatch) {
      if (!isUpTo(resourceVersion, checkpoint)) continue;
      ofWatch.delete(uid);
      this.#count -= 1;
    }
    return [...ofWatch.values()];
  }
}
