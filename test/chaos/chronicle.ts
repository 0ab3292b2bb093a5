/** The faults and other actions of a round, with their times. */
export type Chronicle = {
  readonly elapsedMs: () => number;
  readonly report: (text: string) => void;
  readonly lines: readonly string[];
};

export function createChronicle(also: ((text: string) => void) | undefined): Chronicle {
  const startedMs = performance.now();
  const lines: string[] = [];
  const elapsedMs = (): number => Math.round(performance.now() - startedMs);
  return {
    elapsedMs,
    lines,
    report(text) {
      const line = `${(elapsedMs() / 1000).toFixed(2).padStart(7)} s  ${text}`;
      lines.push(line);
      also?.(line);
    },
  };
}
