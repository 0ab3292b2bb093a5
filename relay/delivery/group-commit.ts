import { setImmediate as nextTurn } from "node:timers/promises";
import type { Journal } from "../../adapters/journal/journal.ts";
import { createNotifier } from "../runtime/notifier.ts";

/**
 * Commits accepted changes, together with everything else that is accepted in the same turn of the event loop: a commit writes whole
 * pages, and several of the queue's answers arrive at a time. If the process dies first, the changes are sent again (at least once).
 */
export type GroupCommit = {
  /** Something is staged that should soon be durable. */
  readonly request: () => void;
  /** Until it is stopped; from then on `request` commits at once. Throws what the journal throws. */
  readonly run: (stop: AbortSignal) => Promise<void>;
};

export function createGroupCommit(journal: Pick<Journal, "commit">): GroupCommit {
  const staged = createNotifier();
  let isStaged = false;
  let stopped: AbortSignal | undefined;
  return {
    request() {
      if (stopped?.aborted === true) {
        journal.commit();
        return;
      }
      isStaged = true;
      staged.notify();
    },
    async run(stop) {
      stopped = stop;
      while (!stop.aborted) {
        if (!isStaged) await staged.wait(stop);
        await nextTurn();
        isStaged = false;
        journal.commit();
      }
    },
  };
}
