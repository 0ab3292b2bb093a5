import type { Readable } from "node:stream";
import { KubemendError } from "../../../core/errors.ts";

export type Patience = {
  /** How long the next chunk may take from now on, in ms. */
  readonly allowanceMs: () => number;
  /** How long it took. The time in which the reader itself was busy, or waited for room, does not count. */
  readonly waited: (elapsedMs: number) => void;
};

/**
 * Chunks of a body, as long as each comes in time; else throws `Timeout` (temporary). The body is destroyed in any case.
 * Nothing is read ahead: who does not pull stops the socket.
 */
export async function* limitWaiting(
  body: Readable,
  patience: Patience,
): AsyncGenerator<Buffer, void> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const startedMs = performance.now();
      const next = await orTimeout(chunks.next(), patience.allowanceMs());
      patience.waited(performance.now() - startedMs);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // After a timeout a read is still open, and fails now: that is no news.
    body.on("error", () => undefined);
    body.destroy();
  }
}

async function orTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new KubemendError("Timeout", "nothing came in time", { retryable: true })),
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
