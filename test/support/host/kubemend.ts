import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";

export type Run = {
  readonly process: ChildProcess;
  /** The JSON lines of stdout so far. */
  readonly records: Record<string, unknown>[];
  /** Resolves with the first matching record, including earlier ones. */
  readonly record: (
    fits: (record: Record<string, unknown>) => boolean,
  ) => Promise<Record<string, unknown>>;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
};

/** Runs the project's own command line, as a user does. */
export function kubemend(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Run {
  const script = join(findProjectRoot(), "dist", "kubemend.mjs");
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...environment },
  });
  const records: Record<string, unknown>[] = [];
  let stdout = "";
  let stderr = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    stdout += `${line}\n`;
    if (line.startsWith("{")) records.push(JSON.parse(line) as Record<string, unknown>);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return {
    process: child,
    records,
    ended,
    async record(fits) {
      for (;;) {
        const found = records.find(fits);
        if (found) return found;
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`The command ended without that record.\n${stdout}\n${stderr}`);
        }
        await sleep(20);
      }
    },
  };
}
