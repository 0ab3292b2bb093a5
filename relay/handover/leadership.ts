import type { Journal } from "../../adapters/journal/journal.ts";
import { createNotifier, type Notifier } from "../runtime/notifier.ts";
import type { LeaseCheckpoint } from "./annotations.ts";

/** One time of being the active relay. */
export type Term = {
  /** Aborted when it is over: lost, or given up. Nothing may be started any more. */
  readonly ended: AbortSignal;
  /** Aborted when another relay may be active: what is still in flight breaks off. */
  readonly expired: AbortSignal;
  /** True once, where the Lease was gone or older than the journal knows it: the cluster's history went back. */
  readonly takeRollback: () => boolean;
};

/** Which relay sends. */
export type Leadership = {
  /** Another relay may have sent what this one has not: whatever this one reads may be delivered already. */
  readonly isShared: boolean;
  /** Undefined while this relay stands by. */
  readonly term: () => Term | undefined;
  /** Whether a send may be started at this moment, by the monotonic clock: it ends before another relay may be active. */
  readonly maySend: () => boolean;
  /** What the active relay says of a watch; undefined where it says nothing. */
  readonly checkpoint: (watch: string) => LeaseCheckpoint | undefined;
  /** The same, as long as it is the word of another relay, whose turn is over or not. */
  readonly former: (watch: string) => LeaseCheckpoint | undefined;
  /** Tells that the Lease was read or written, and that a term has begun. */
  readonly news: Notifier;
  /**
   * A new epoch above all before, durable in Lease and journal when it resolves. Waits for the API server as long as it takes;
   * resolves with nothing done when the signal is aborted.
   */
  readonly raiseEpoch: (signal: AbortSignal) => Promise<void>;
  /** What the Lease says from now on; asked for with each write. */
  readonly publish: (read: () => Publication) => void;
  /** Something is to be published that a send waits for: the next write comes soon. */
  readonly hurry: () => void;
};

export type Publication = {
  /** How far the watches have come. */
  readonly checkpoints: ReadonlyMap<string, LeaseCheckpoint>;
  /** It stands in the Lease. */
  readonly written: () => void;
};

/** The only relay there is: always active. */
export function leadAlone(journal: Pick<Journal, "raiseEpoch">): Leadership {
  const never = new AbortController().signal;
  const term: Term = { ended: never, expired: never, takeRollback: () => false };
  return {
    isShared: false,
    term: () => term,
    maySend: () => true,
    checkpoint: () => undefined,
    former: () => undefined,
    news: createNotifier(),
    async raiseEpoch() {
      journal.raiseEpoch();
    },
    publish: () => undefined,
    hurry: () => undefined,
  };
}
