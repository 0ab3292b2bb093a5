/** What a contender prints as its last line: of its own process, from when its modules were loaded. */
export type Figures = {
  readonly objects: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** Of the whole process, its start included: the kernel has no other. */
  readonly peakRssBytes: number;
};

/** Begins now; the function returned prints the figures. */
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
