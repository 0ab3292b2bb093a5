import type { LeaseCheckpoint } from "../handover/annotations.ts";
import type { Leadership, Publication } from "../handover/leadership.ts";
import { UncheckpointedAdds } from "../handover/uncheckpointed-adds.ts";

/**
 * The objects that are new to the queue, and whether the Lease names them yet. A successor must report their deletion, so they are
 * announced there before they are sent.
 */
export class Announcement {
  readonly uncheckpointedAdds: UncheckpointedAdds = new UncheckpointedAdds();
  readonly #leadership: Pick<Leadership, "maySend" | "hurry" | "changed">;
  #announced = 0;

  constructor(leadership: Pick<Leadership, "maySend" | "hurry" | "changed">) {
    this.#leadership = leadership;
  }

  /** What is written into the Lease now. */
  publication(checkpoints: ReadonlyMap<string, LeaseCheckpoint>): Publication {
    const registered = this.uncheckpointedAdds.registered();
    return { checkpoints, written: () => void (this.#announced = registered) };
  }

  /** Waits until the Lease names every object registered so far; ends early if this relay may not send any more. */
  async wait(signal: AbortSignal): Promise<void> {
    const leadership = this.#leadership;
    const registered = this.uncheckpointedAdds.registered();
    while (this.#announced < registered && leadership.maySend() && !signal.aborted) {
      leadership.hurry();
      await leadership.changed.wait(signal);
    }
  }
}
