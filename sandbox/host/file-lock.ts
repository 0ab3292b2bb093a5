import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { KubemendError } from "../../core/errors.ts";
import { pause } from "./pause.ts";

const RETRY_MS = 200;
/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

export type FileLock = Disposable;

/** A connection that nobody refers to any more is closed by the garbage collector, and its lock is gone. */
const held = new Set<DatabaseSync>();

/**
 * Takes a lock on `path` if nobody has it. The kernel holds it for this process (SQLite's own file lock), so it is free
 * the moment that its holder is gone, however it ended: there is no stale lock to judge, and none to race for.
 * Do not remove the file: a lock on a removed file excludes nobody.
 */
export function tryLock(path: string): FileLock | undefined {
  const database = openDatabase(path);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw toLockError(path, error);
  }
  writeFileSync(holderFile(path), `${process.pid}\n`);
  held.add(database);
  return {
    [Symbol.dispose]() {
      if (held.delete(database)) database.close();
    },
  };
}

/** Waits for the lock, and calls `onWait` with the holder's process id (where known) at each try in vain. Rejects with the signal's reason. */
export async function waitForLock(
  path: string,
  onWait: (holder: number | undefined) => void,
  signal?: AbortSignal,
): Promise<FileLock> {
  for (;;) {
    signal?.throwIfAborted();
    const lock = tryLock(path);
    if (lock !== undefined) return lock;
    onWait(readHolder(path));
    await pause(RETRY_MS, signal);
  }
}

/** The process that took the lock last: for messages, never for a decision. */
export function readHolder(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(holderFile(path), "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

const holderFile = (path: string): string => `${path}.holder`;

function openDatabase(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw toLockError(path, error);
  }
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    "errcode" in error &&
    typeof error.errcode === "number" &&
    (error.errcode & 0xff) === SQLITE_BUSY
  );
}

function toLockError(path: string, cause: unknown): KubemendError {
  return new KubemendError(
    "StateFolder",
    `The lock file ${path} cannot be used (${cause instanceof Error ? cause.message : String(cause)}). Make its folder writable, or choose another one.`,
    { retryable: false, cause },
  );
}
