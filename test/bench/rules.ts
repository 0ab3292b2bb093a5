import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** Programs that print their own results. */
const SCRIPTS = ["decide.ts", "references.ts", "cold-start.ts"];

export const rules: Bench = {
  about: "decisions and references per second, and the functions' cold start",
  run: () => runScripts(SCRIPTS),
};

async function runScripts(scripts: readonly string[]): Promise<void> {
  for (const script of scripts) {
    const child = spawn(process.execPath, [join(import.meta.dirname, script)], {
      stdio: "inherit",
    });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`${script} ended with ${code}`);
  }
}
