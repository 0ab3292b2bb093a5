/** What was done to the world in a round, and when. */
export type Chronicle = {
  readonly elapsedMs: () => number;
  readonly tell: (text: string) => void;
  readonly lines: readonly string[];
};

export function createChronicle(also: ((text: string) => void) | undefined): Chronicle {
  const startedMs = performance.now();
  const lines: string[] = [];
  const elapsedMs = (): number => Math.round(performance.now() - startedMs);
  return {
    elapsedMs,
    lines,
    tell(text) {
      const line = `${(elapsedMs() / 1000).toFixed(2).padStart(7)} s  ${text}`;
      lines.push(line);
      also?.(line);
    },
  };
}
