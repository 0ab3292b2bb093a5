import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { DataFolder } from "./data-folder.ts";

const WAIT_MS = 5_000;
const POLL_MS = 50;

/** Writes down the process groups that run on this data folder. Only a second safety: where it can't be written, all goes on. */
export function writeProcesses(folder: DataFolder, pids: readonly number[]): void {
  const part = `${folder.processes}.part`;
  try {
    writeFileSync(part, `${JSON.stringify(pids)}\n`);
    renameSync(part, folder.processes);
  } catch {
    // The folder was removed, or the disk is full: the programs themselves will say so.
  }
}

/**
 * Kills what an earlier start left behind. Its watchers have done so already (guarded-process.ts), unless they were killed with it.
 * A number that meanwhile belongs to somebody else is left alone: its command line does not name our folder.
 * Resolves when they are gone: two etcds on one data folder would destroy it. The caller holds the folder's lock.
 */
export async function killStaleProcesses(folder: DataFolder): Promise<void> {
  const stale = readProcesses(folder).filter((pid) => isOurs(pid, folder));
  for (const pid of stale) killGroup(pid);
  const until = performance.now() + WAIT_MS;
  while (stale.some((pid) => isOurs(pid, folder)) && performance.now() < until) {
    await sleep(POLL_MS);
  }
}

function readProcesses(folder: DataFolder): readonly number[] {
  try {
    const pids: unknown = JSON.parse(readFileSync(folder.processes, "utf8"));
    if (!Array.isArray(pids)) return [];
    // 0 and 1 would be ourselves and everybody.
    return pids.filter((pid): pid is number => Number.isInteger(pid) && pid > 1);
  } catch {
    return [];
  }
}

function isOurs(pid: number, folder: DataFolder): boolean {
  try {
    const line = execFileSync("ps", ["-ww", "-o", "stat=,command=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return !line.startsWith("Z") && line.includes(folder.root);
  } catch {
    // ps answers 1 where there is no such process.
    return false;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It went by itself.
  }
}
