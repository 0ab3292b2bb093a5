import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";

/**
 * The shell starts a watcher that holds the read end of our pipe, then becomes the command (same pid).
 * The pipe closes when this process exits, even by SIGKILL; the watcher then kills the whole process group, itself included.
 * While the watcher lives, the kernel cannot reuse the group's id.
 */
const GUARD = 'exec 3<&0; (read -r _ <&3; kill -9 -$$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null';

/** A shell's exit code for a command that it did not find. */
export const COMMAND_NOT_FOUND = 127;

export type GuardedOptions = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** File descriptor or "pipe", for stdout and stderr. */
  readonly output: number | "pipe";
};

export type GuardedProcess = {
  readonly pid: number | undefined;
  readonly child: ChildProcess;
  readonly exited: Promise<ProcessEnd>;
  readonly running: () => boolean;
  /** Sends a signal to the command alone. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Sends SIGKILL to the command and everything that it started. */
  readonly killGroup: () => void;
};

export type ProcessEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/**
 * Starts a command in its own process group, which cannot outlive this process: when this process exits, in whatever way, the
 * group is killed. A terminal's Ctrl-C does not reach the group; the owner decides when to stop it. Linux and macOS.
 */
export function startGuarded(options: GuardedOptions): GuardedProcess {
  const stdio: StdioOptions = ["pipe", options.output, options.output];
  const child = spawn("/bin/sh", ["-c", GUARD, "guard", options.command, ...options.args], {
    cwd: options.cwd,
    env: options.environment,
    detached: true,
    stdio,
  });
  const killGroup = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group has no processes left.
    }
  };
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once("error", () => resolve({ code: COMMAND_NOT_FOUND, signal: null }));
    child.once("exit", (code, signal) => {
      // Kills the watcher and whatever the command left behind.
      killGroup();
      child.stdin?.destroy();
      resolve({ code, signal });
    });
  });
  // When the group is killed, the other end of the pipe closes first.
  child.stdin?.on("error", () => {});
  return {
    pid: child.pid,
    child,
    exited,
    running: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    signal: (signal) => child.kill(signal),
    killGroup,
  };
}
