import { setTimeout as sleep } from "node:timers/promises";

/** Waits. When the signal aborts, rejects at once with the signal's own reason, not with an AbortError around it. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
