import { setTimeout as sleep } from "node:timers/promises";

const RETRY_MS = 100;
const PATIENCE_MS = 60_000;

/** Tries until it succeeds: the API server or the queue may be down at the moment. Throws the last error after a minute. */
export async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(RETRY_MS);
  }
}
