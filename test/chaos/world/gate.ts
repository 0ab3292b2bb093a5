/** Writers wait here while no writes are allowed. */
export type Gate = {
  /** Runs one write, which begins when the gate is open. */
  readonly through: (write: () => Promise<void>) => Promise<void>;
  /** Resolves when the writes that had begun are finished. */
  readonly close: () => Promise<void>;
  readonly open: () => void;
};

export function createGate(): Gate {
  const active = new Set<Promise<void>>();
  const closed: { barrier?: PromiseWithResolvers<void> | undefined } = {};
  return {
    async through(write) {
      while (closed.barrier !== undefined) await closed.barrier.promise;
      const task = write();
      active.add(task);
      try {
        await task;
      } finally {
        active.delete(task);
      }
    },
    async close() {
      closed.barrier ??= Promise.withResolvers<void>();
      await Promise.allSettled(active);
    },
    open() {
      closed.barrier?.resolve();
      closed.barrier = undefined;
    },
  };
}
