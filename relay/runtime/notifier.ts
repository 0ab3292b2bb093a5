/**
 * Wakes tasks that wait for a condition. Edge-triggered: a notification that nobody waits for is lost, so a waiter takes the promise
 * first, then checks its condition, and checks it again when it wakes.
 */
export type Notifier = {
  readonly notify: () => void;
  /** Until the next `notify`, or until the signal is aborted. Never throws. */
  readonly wait: (signal: AbortSignal) => Promise<void>;
};

export function createNotifier(): Notifier {
  let next = Promise.withResolvers<void>();
  return {
    notify() {
      next.resolve();
      next = Promise.withResolvers<void>();
    },
    async wait(signal) {
      if (signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = (): void => resolve();
      signal.addEventListener("abort", wake, { once: true });
      try {
        await Promise.race([next.promise, promise]);
      } finally {
        signal.removeEventListener("abort", wake);
      }
    },
  };
}
