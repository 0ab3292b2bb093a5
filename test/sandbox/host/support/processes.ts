import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** The ids of the processes, except zombies, whose command line contains the text. */
export function findProcesses(text: string): readonly number[] {
  const lines = execFileSync("ps", ["-ww", "-eo", "pid=,stat=,command="], { encoding: "utf8" });
  return lines
    .split("\n")
    .filter((line) => line.includes(text) && !/^\s*\d+\s+Z/.test(line))
    .map((line) => Number.parseInt(line, 10));
}

/** Resolves when the condition holds; rejects after `timeoutMs`. */
export async function until(holds: () => boolean, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadline)
      throw new Error(`not within ${timeoutMs} ms: ${holds.toString()}`);
    await sleep(20);
  }
}
