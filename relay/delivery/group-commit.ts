import { setImmediate as nextTurn } from "node:timers/promises";
import type { Journal } from "../../adapters/journal/journal.ts";
import { createNotifier } from "../runtime/notifier.ts";

/**
 * Commits what was accepted, together with what else is accepted in the same turn of the event loop: a commit writes whole
 * pages, and answers of the queue come several at a time. Who is killed before it sends the same again, as always.
 */
export type Committer = {
  /** Something is staged that should be durable soon. */
  readonly soon: () => void;
  /** Until it is stopped; what is staged later is the caller's to commit. Throws what the journal throws. */
  readonly run: (stop: AbortSignal) => Promise<void>;
};

export function createCommitter(journal: Pick<Journal, "commit">): Committer {
  const staged = createNotifier();
  let isStaged = false;
  return {
    soon() {
      isStaged = true;
      staged.notify();
    },
    async run(stop) {
      while (!stop.aborted) {
        if (!isStaged) await staged.wait(stop);
        await nextTurn();
        isStaged = false;
        journal.commit();
      }
    },
  };
}
