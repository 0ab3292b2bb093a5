import { isUpTo } from "../../core/changes/resource-version.ts";

/** An object of which the queue got its first state, or may have. */
export type UncheckpointedAdd = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
};

/** About 100 bytes each. */
const MAX_NAMED = 500;

/**
 * Objects that were new to the queue, above the checkpoint that stands in the Lease: whoever takes over and never saw them owes
 * their deletion. Those at or below it are found by a list at that very resourceVersion. At most 500 are named; of a first
 * snapshot that is larger, the rest are not.
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
    // One that had left and is sent anew stands at the later place.
    this.#ofWatch.set(watch, ofWatch.set(uid, { namespace, name, uid, resourceVersion }));
    if (named === undefined) this.#count += 1;
    this.#registered += 1;
  }

  /** How often something was to be named. */
  registered(): number {
    return this.#registered;
  }

  /** Those of a watch above this checkpoint; the others are forgotten. */
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
