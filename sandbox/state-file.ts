import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SandboxInfo } from "./sandbox.ts";

/** What a running sandbox writes into its folder, so that `status`, `down` and a second `up` find it. */
export type SandboxState = {
  readonly pid: number;
  readonly startedAt: string;
  readonly bare: boolean;
  /** Absolute path of its pipeline file; absent if bare. */
  readonly config?: string | undefined;
  /** The namespaces that it has created because the pipeline names them. */
  readonly createdNamespaces?: readonly string[] | undefined;
  readonly info: SandboxInfo;
};

const fileOf = (dataDir: string): string => join(dataDir, "sandbox.json");

export function writeState(dataDir: string, state: SandboxState): void {
  writeFileSync(fileOf(dataDir), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}

export function removeState(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true });
}

/** The sandbox of this folder, if its process is alive. A file that a crash left behind, or that cannot be read, is ignored. */
export function readState(dataDir: string): SandboxState | undefined {
  let state: SandboxState;
  try {
    state = JSON.parse(readFileSync(fileOf(dataDir), "utf8")) as SandboxState;
  } catch {
    return undefined;
  }
  return isAlive(state.pid) ? state : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
