import type { Journal } from "../../adapters/journal/journal.ts";
import type { Term } from "../lease/term.ts";
import { createNotifier, type Notifier } from "../runtime/notifier.ts";
import type { LeaseCheckpoint } from "./annotations.ts";

/** Which relay publishes, and what the relays of one Lease know of each other. */
export type Leadership = {
  /** Whether other relays exist that may have sent what this one has not. */
  readonly isShared: boolean;
  /** Undefined while this relay is a standby. */
  readonly term: () => Term | undefined;
  /** Whether a send may start now, by the monotonic clock: it then ends before another relay can become leader. */
  readonly maySend: () => boolean;
  /** The leader's progress with a watch; undefined if the Lease has none. */
  readonly checkpoint: (watch: string) => LeaseCheckpoint | undefined;
  /** The same, but only as long as another relay wrote it. */
  readonly predecessorCheckpoint: (watch: string) => LeaseCheckpoint | undefined;
  /** Notified when the Lease was read or written, and when a term began or ended. */
  readonly changed: Notifier;
  /** True once in a term that found the Lease missing or older than the journal knows it: etcd was rolled back. */
  readonly takeRollback: () => boolean;
  /**
   * A new epoch above all previous ones, durable in Lease and journal when it resolves. Waits for the API server as long as that
   * takes; resolves without having done anything if the signal is aborted.
   */
  readonly raiseEpoch: (signal: AbortSignal) => Promise<void>;
  /** What the Lease contains from now on; `read` is called for each write. */
  readonly publish: (read: () => Publication) => void;
  /** A send waits for something that has to be published: write the Lease soon. */
  readonly hurry: () => void;
};

export type Publication = {
  readonly checkpoints: ReadonlyMap<string, LeaseCheckpoint>;
  /** Called when the Lease contains it. */
  readonly written: () => void;
};

/** For the only relay of a cluster: it always leads. */
export function leadAlone(journal: Pick<Journal, "raiseEpoch">): Leadership {
  const never = new AbortController().signal;
  const term: Term = { ended: never, expired: never };
  return {
    isShared: false,
    term: () => term,
    maySend: () => true,
    checkpoint: () => undefined,
    predecessorCheckpoint: () => undefined,
    changed: createNotifier(),
    takeRollback: () => false,
    async raiseEpoch() {
      journal.raiseEpoch();
    },
    publish: () => undefined,
    hurry: () => undefined,
  };
}
