import type { Readable } from "node:stream";
import { KubemendError } from "../../../core/errors.ts";

export type IdleLimit = {
  /** How long the next chunk may take from now on, in ms. */
  readonly remainingMs: () => number;
  /** Called with how long a chunk took. Time in which the reader itself was busy, or waited for room, does not count. */
  readonly waited: (elapsedMs: number) => void;
};

/**
 * The chunks of a body, as long as each arrives in time; otherwise throws `Timeout` (temporary). The body is destroyed in any case.
 * Nothing is read ahead: a reader that stops pulling stops the socket.
 */
export async function* limitWaiting(
  body: Readable,
  limit: IdleLimit,
): AsyncGenerator<Buffer, void> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const startedMs = performance.now();
      const next = await orTimeout(chunks.next(), limit.remainingMs());
      limit.waited(performance.now() - startedMs);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // After a timeout a read is still pending, and fails now: its error is expected.
    body.on("error", () => undefined);
    body.destroy();
  }
}

async function orTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new KubemendError("Timeout", "nothing arrived in time", { retryable: true })),
      Math.max(0, timeoutMs),
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
