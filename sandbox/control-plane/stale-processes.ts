import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { DataFolder } from "./data-folder.ts";

const WAIT_MS = 5_000;
const POLL_MS = 50;

/** Records the process groups that run on this data folder. It is only a second safeguard, so a failed write is ignored. */
export function writeProcesses(folder: DataFolder, pids: readonly number[]): void {
  const part = `${folder.processes}.part`;
  try {
    writeFileSync(part, `${JSON.stringify(pids)}\n`);
    renameSync(part, folder.processes);
  } catch {
    // The folder was removed, or the disk is full: the programs themselves will report that.
  }
}

/**
 * Kills what an earlier run left behind. Its watchers (host/guarded-process.ts) have done that already, unless they were killed too.
 * A pid that now belongs to another process is left alone: its command line does not name our folder.
 * Resolves when they have exited: two etcd processes on one data folder would destroy it. The caller holds the folder's lock.
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
    // -0 would be our own group, and -1 every process.
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
    // ps exits with 1 if there is no such process.
    return false;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has exited in the meantime.
  }
}
