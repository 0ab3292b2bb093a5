import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startGuarded, type GuardedProcess, type ProcessEnd } from "../host/guarded-process.ts";
import type { BinaryName } from "../build/recipe.ts";

/** A process that exited unexpectedly. */
export type ProcessExit = ProcessEnd & {
  readonly name: BinaryName;
  /** The last lines of its log. */
  readonly lastLines: readonly string[];
  readonly logFile: string;
};

export type ManagedProcessOptions = {
  readonly name: BinaryName;
  readonly command: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Called at each start and exit, so that the owner can record what is running. */
  readonly onChange: () => void;
  readonly onExit: (exit: ProcessExit) => void;
};

export type ManagedProcess = {
  readonly name: BinaryName;
  readonly logFile: string;
  readonly pid: () => number | undefined;
  readonly running: () => boolean;
  readonly lastLines: () => readonly string[];
  /** Does nothing if it is running. */
  readonly start: (flags: readonly string[]) => void;
  /** SIGTERM, then SIGKILL after `graceMs` (0 = at once); resolves when it has exited. */
  readonly stop: (graceMs?: number) => Promise<void>;
};

/** After SIGTERM an API server with open watches stays for a minute. */
const GRACE_MS = 2_000;
const TAIL_BYTES = 16_384;
const TAIL_LINES = 8;
const TAIL_LINE_LENGTH = 400;

/** One program of the control plane, which can be stopped and restarted. Its log goes to a file; the log of the previous run is kept as `.previous`. */
export function createManagedProcess(options: ManagedProcessOptions): ManagedProcess {
  let current: GuardedProcess | undefined;
  let stopping = false;
  const running = (): boolean => current?.running() ?? false;
  const lastLines = (): readonly string[] => readLastLines(options.logFile);
  return {
    name: options.name,
    logFile: options.logFile,
    pid: () => (running() ? current?.pid : undefined),
    running,
    lastLines,
    start(flags) {
      if (running()) return;
      stopping = false;
      const started = spawnWithLog(options, flags);
      current = started;
      options.onChange();
      void (async () => {
        const end = await started.exited;
        const { name, logFile } = options;
        if (!stopping && current === started) {
          options.onExit({ ...end, name, logFile, lastLines: lastLines() });
        }
        options.onChange();
      })();
    },
    async stop(graceMs = GRACE_MS) {
      stopping = true;
      const process = current;
      if (process === undefined || !process.running()) return;
      if (graceMs > 0) {
        process.signal("SIGTERM");
        const grace = new AbortController();
        const patience = sleep(graceMs, undefined, { signal: grace.signal }).catch(() => {});
        await Promise.race([process.exited, patience]);
        grace.abort();
      }
      if (process.running()) process.killGroup();
      await process.exited;
    },
  };
}

function spawnWithLog(options: ManagedProcessOptions, flags: readonly string[]): GuardedProcess {
  if (existsSync(options.logFile)) renameSync(options.logFile, `${options.logFile}.previous`);
  const log = openSync(options.logFile, "a", 0o600);
  try {
    return startGuarded({
      command: options.command,
      args: flags,
      environment: options.environment,
      output: log,
    });
  } finally {
    closeSync(log);
  }
}

function readLastLines(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString("utf8").split("\n");
    return lines
      .filter((line) => line.trim() !== "")
      .slice(-TAIL_LINES)
      .map((line) => line.slice(0, TAIL_LINE_LENGTH));
  } finally {
    closeSync(descriptor);
  }
}

/** The message for a user. */
export function describeExit(exit: ProcessExit): string {
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`;
  return `${exit.name} exited unexpectedly ${how}. Its last log lines:\n${exit.lastLines.join("\n")}\nThe full log is ${exit.logFile}`;
}
