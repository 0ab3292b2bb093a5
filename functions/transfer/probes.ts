/** Questions to targets that were away when they were last asked. */
export type Probes = {
  /** Asks whether the target is back, and throws if it is not. `busy` at once if another message of this process is asking. */
  readonly ask: (target: string, probe: () => Promise<void>) => Promise<"back" | "busy">;
};

export function createProbes(): Probes {
  const asked = new Set<string>();
  return {
    async ask(target, probe) {
      if (asked.has(target)) return "busy";
      asked.add(target);
      try {
        await probe();
        return "back";
      } finally {
        asked.delete(target);
      }
    },
  };
}
