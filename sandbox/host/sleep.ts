import { setTimeout as delay } from "node:timers/promises";

/** Waits; ends early, without throwing, when the signal aborts. The caller checks the signal next. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
