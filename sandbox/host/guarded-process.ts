import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";

/**
 * The shell starts a watcher that holds the read end of our pipe, then becomes the command (same pid).
 * The pipe ends when we end, even by SIGKILL; the watcher then kills the whole process group, itself included.
 * As long as the watcher lives the group's id cannot be given to anybody else.
 */
const GUARD = 'exec 3<&0; (read -r _ <&3; kill -9 -$$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null';

/** What a shell says when it did not find the command. */
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
  /** To the command alone. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** SIGKILL to the command and everything that it has started. */
  readonly killGroup: () => void;
};

export type ProcessEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/**
 * Starts a command in a process group of its own that cannot outlive us: when this process ends in any way, the group is killed.
 * A terminal's Ctrl-C does not reach it; the owner decides when it stops. Linux and macOS.
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
      // Nobody is left in it.
    }
  };
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once("error", () => resolve({ code: COMMAND_NOT_FOUND, signal: null }));
    child.once("exit", (code, signal) => {
      // The watcher, and what the command left behind. They die a moment later, and do nothing any more.
      killGroup();
      child.stdin?.destroy();
      resolve({ code, signal });
    });
  });
  // The other end goes first when the group is killed.
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
