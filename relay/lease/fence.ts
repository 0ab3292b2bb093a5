import { KubemendError } from "../../core/errors.ts";
import type { PublisherDeps } from "../publish.ts";
import type { Leadership } from "./leadership.ts";

/** Sends only while this relay is active; what is in flight breaks off before another may be. */
export function fenceSends(
  leadership: Pick<Leadership, "term" | "maySend">,
  send: PublisherDeps["send"],
): PublisherDeps["send"] {
  return async (entries, signal) => {
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
