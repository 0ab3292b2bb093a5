import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** Programs that print for themselves. */
const SCRIPTS = ["cel-conformance.ts", "decide.ts"];

export const rules: Bench = {
  about: "rules: what CEL gets right, and decisions a second",
  async run() {
    for (const script of SCRIPTS) {
      const child = spawn(process.execPath, [join(import.meta.dirname, script)], {
        stdio: "inherit",
      });
      const [code] = (await once(child, "exit")) as [number | null];
      if (code !== 0) throw new Error(`${script} ended with ${code}`);
    }
  },
};
