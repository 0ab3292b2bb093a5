import { KubemendError } from "../../core/errors.ts";
import type { PublisherDeps } from "../delivery/publisher.ts";
import type { Leadership } from "../handover/leadership.ts";

/**
 * Sends only while this relay is active, and when the Lease says what whoever takes over must know of it; what is in flight
 * breaks off before another may be active.
 */
export function fenceSends(
  leadership: Pick<Leadership, "term" | "maySend">,
  announce: (signal: AbortSignal) => Promise<void>,
  send: PublisherDeps["send"],
): PublisherDeps["send"] {
  return async (entries, signal) => {
    await announce(signal);
    const term = leadership.term();
    if (term === undefined || !leadership.maySend()) {
      return entries.map(() => ({ outcome: "refused", error: toLeaseLost() }));
    }
    return send(entries, AbortSignal.any([signal, term.expired]));
  };
}

/** For each attempt of the queue's client, just before its bytes go out; throws `LeaseLost`, temporary, where it is too late. */
export function refuseLateSends(leadership: Pick<Leadership, "maySend">): void {
  if (!leadership.maySend()) throw toLeaseLost();
}

function toLeaseLost(): KubemendError {
  return new KubemendError("LeaseLost", "not sent: the Lease has not been renewed in time", {
    retryable: true,
  });
}
