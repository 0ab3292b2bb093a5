/** Figures that a contender prints as its last line: of its own process, from the time when its modules were loaded. */
export type Figures = {
  readonly objects: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** Of the whole process, including its start: the kernel has no other figure. */
  readonly peakRssBytes: number;
};

/** Starts measuring; the returned function prints the figures. */
export function measure(): (objects: number) => void {
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  return (objects) => {
    const { user, system } = process.cpuUsage(cpu);
    const figures: Figures = {
      objects,
      elapsedMs: performance.now() - startedMs,
      cpuMs: (user + system) / 1000,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  };
}
