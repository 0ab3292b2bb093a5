import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "../../core/errors.ts";
import type { Step } from "./step.ts";

export type Outcome = { readonly printed: string; readonly fault: string | undefined };

/** The time for a command to end by itself. Helm uses it to mark its release as failed, so that it can be upgraded again. */
const GRACE_MS = 10_000;

/**
 * Runs a step's command with the values of earlier steps as its variables, in a process group of its own: if the signal aborts, the shell
 * and everything that it has started are asked to end, and killed if they do not.
 */
export async function runCommand(
  { command, capture }: Step,
  captured: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Outcome> {
  const child = spawn("sh", ["-c", command], {
    // A step prints a report, on stderr, unless its output is captured as a value.
    stdio: ["inherit", capture === undefined ? process.stderr : "pipe", "inherit"],
    env: { ...process.env, ...captured },
    detached: true,
  });
  const stop = (): void => void endGroup(child);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    const [code, killedBy] = (await once(child, "close")) as [number | null, string | null];
    const printed = Buffer.concat(chunks).toString("utf8").trim();
    return { printed, fault: code === 0 ? undefined : (killedBy ?? `exit code ${code}`) };
  } catch (error) {
    return { printed: "", fault: describeError(error) };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function endGroup({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  const deadline = performance.now() + GRACE_MS;
  while (signalGroup(pid, 0) && performance.now() < deadline) await sleep(50);
  signalGroup(pid, "SIGKILL");
}

/** Whether the group still has a process. */
function signalGroup(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, name);
  } catch {
    return false;
  }
}
