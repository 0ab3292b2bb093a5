import { setTimeout as sleep } from "node:timers/promises";
import type { Miss } from "./checked.ts";
import type { Reader } from "../world/reader.ts";

/** How long the queue must stay quiet before reading stops: a late duplicate would have arrived by then. */
const QUIET_MS = 800;
const POLL_MS = 60;

/** Reads until every promise is kept and the queue stays quiet, or until the time is up. */
export async function untilKept(
  reader: Reader,
  misses: () => readonly Miss[],
  patienceMs: number,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let quietSinceMs = performance.now();
  let count = -1;
  while (performance.now() < deadline) {
    // If the queue is unavailable, everything that was received is redelivered.
    await reader.drain().catch(() => 0);
    const now = performance.now();
    if (reader.received.length !== count) quietSinceMs = now;
    count = reader.received.length;
    if (now - quietSinceMs > QUIET_MS && misses().length === 0) return;
    await sleep(POLL_MS);
  }
}
