import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const SCRIPT = join(import.meta.dirname, "simulate-many.ts");

async function simulateMany(changes: number): Promise<{ heapUsed: number; episodes: number }> {
  const arguments_ = ["--expose-gc", SCRIPT, String(changes)];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_);
  return JSON.parse(stdout) as { heapUsed: number; episodes: number };
}

/** The name of each episode, up to a limit, in a hash table that doubles: about 90 bytes. A change is 1 KB. */
const MOST_BYTES_A_CHANGE = 400;

test("after a change only the name of its episode stays in memory", async () => {
  const few = await simulateMany(5_000);
  const many = await simulateMany(35_000);
  expect([few.episodes, many.episodes]).toEqual([5_000, 35_000]);
  expect((many.heapUsed - few.heapUsed) / 30_000).toBeLessThan(MOST_BYTES_A_CHANGE);
});
