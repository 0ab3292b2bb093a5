import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createFolder } from "../../adapters/create-folder.ts";
import { KubemendError } from "../../core/errors.ts";
import { pause } from "./pause.ts";

const RETRY_MS = 200;
/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

export type FileLock = Disposable;

/** Keeps the connections referenced: the garbage collector closes an unreferenced one, which would release its lock. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock on `path`, or returns undefined if it is held. The kernel holds it for this process (SQLite's own file lock),
 * so it is released as soon as its holder exits, however it exits: there are no stale locks to detect, and no race for one.
 * Never remove the file: a lock on a removed file excludes nobody.
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

/** Waits for the lock, and calls `onWait` with the holder's process id (if known) after each failed attempt. Rejects with the signal's reason. */
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

/** The process that took the lock last. For messages only: it may have exited since. */
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
    createFolder(dirname(path));
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
