import { KubemendError } from "../../core/errors.ts";
import type { SqsEntry, SqsEntryOutcome } from "../../adapters/sqs/send-batch.ts";
import type { Term } from "../lease/term.ts";

/** Sends entries to the queue. One outcome for each entry; never throws. */
export type Send = (
  entries: readonly SqsEntry[],
  signal: AbortSignal,
) => Promise<readonly SqsEntryOutcome[]>;

type Fence = {
  readonly term: () => Term | undefined;
  readonly maySend: () => boolean;
};

/**
 * Sends only while this relay leads, and only once the Lease contains what a successor must know of the entries (`announce`). What is
 * in flight is broken off before another relay can lead.
 */
export function fenceSends(
  leadership: Fence,
  announce: (signal: AbortSignal) => Promise<void>,
  send: Send,
): Send {
  return async (entries, signal) => {
    await announce(signal);
    const term = leadership.term();
    if (term === undefined || !leadership.maySend()) {
      return entries.map(() => ({ outcome: "refused", error: toLeaseLost() }));
    }
    return send(entries, AbortSignal.any([signal, term.expired]));
  };
}

/** For each attempt of the queue's client, just before its bytes are sent: throws `LeaseLost` (temporary) if it is too late. */
export function refuseLateSends(leadership: Pick<Fence, "maySend">): void {
  if (!leadership.maySend()) throw toLeaseLost();
}

function toLeaseLost(): KubemendError {
  return new KubemendError("LeaseLost", "not sent: the Lease has not been renewed in time", {
    retryable: true,
  });
}
