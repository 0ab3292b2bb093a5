// Loaded before a measured program (`node --import`): writes the resource usage of the process to BENCH_FIGURES when it ends.
import { writeFileSync } from "node:fs";

process.once("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const figures = { cpuMs: (userCPUTime + systemCPUTime) / 1000, peakRssBytes: maxRSS * 1024 };
  writeFileSync(process.env.BENCH_FIGURES, JSON.stringify(figures));
});
