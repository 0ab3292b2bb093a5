import { setTimeout as sleep } from "node:timers/promises";

/** Waits; rejects with the signal's own reason (not an AbortError around it) as soon as it aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
