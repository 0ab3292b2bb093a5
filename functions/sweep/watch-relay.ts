import type { LeaseStore } from "../../adapters/kubernetes/lease/lease.ts";
import { describeError } from "../../core/errors.ts";

/** A relay renews its Lease every 2 seconds, so two reads this far apart differ while one is alive. */
const APART_MS = 10_000;
const READ_TIMEOUT_MS = 5_000;

export type RelayState =
  | { readonly outcome: "alive" }
  /** Nobody has renewed the Lease in the meantime, or there is none. */
  | { readonly outcome: "silent"; readonly reason: string }
  /** The API server gives no answer, which says nothing about the relay. */
  | { readonly outcome: "unknown"; readonly reason: string };

/**
 * Whether a relay lives, by its Lease: reads it twice, 10 s apart, and compares the resource versions, so that no clock matters. Takes
 * 10 to 20 s, throws nothing, and writes nothing.
 *
 * @param pause waits for so many ms; rejects if the run has ended.
 */
export async function watchRelay(
  lease: Pick<LeaseStore, "name" | "read">,
  pause: (ms: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<RelayState> {
  const limits = { timeoutMs: READ_TIMEOUT_MS, signal };
  try {
    const before = await lease.read(limits);
    await pause(APART_MS, signal);
    const after = await lease.read(limits);
    if (after === undefined) {
      return { outcome: "silent", reason: `the Lease ${lease.name} does not exist` };
    }
    if (before?.resourceVersion !== after.resourceVersion) return { outcome: "alive" };
    const holder = after.holder === "" ? "nobody holds it" : `${after.holder} holds it`;
    const reason = `the Lease ${lease.name} was not renewed for ${APART_MS / 1000} s; ${holder}`;
    return { outcome: "silent", reason };
  } catch (error) {
    const reason = `the Lease ${lease.name} cannot be read: ${describeError(error)}`;
    return { outcome: "unknown", reason };
  }
}
