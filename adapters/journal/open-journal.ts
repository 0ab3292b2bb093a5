import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describeError, isKubemendError, KubemendError } from "../../core/errors.ts";
import { createFolder } from "../create-folder.ts";
import { createJournal, type Journal } from "./journal.ts";
import { createTables, JOURNAL_FORMAT, migrateTables } from "./schema.ts";

export const JOURNAL_FILE = "journal.sqlite";

/**
 * Opens the journal in a folder, which is created if it does not exist. Holds an exclusive lock until `close`, or until the process
 * ends in whatever way: a second relay on the folder is refused.
 * Throws `StateFolder` (terminal) if the folder cannot be written, is in use, is damaged, was written by a newer Kubemend, or
 * belongs to another cluster: it is left unchanged then, and no deletion is derived from it.
 */
export function openJournal(options: {
  readonly stateDir: string;
  readonly clusterUid: string;
}): Journal {
  const { stateDir, clusterUid } = options;
  const database = openDatabase(stateDir);
  try {
    prepare(database, stateDir, clusterUid);
    return createJournal(database, (error) => toStateFolderError(error, stateDir));
  } catch (error) {
    database.close();
    throw toStateFolderError(error, stateDir);
  }
}

function openDatabase(stateDir: string): DatabaseSync {
  try {
    createFolder(stateDir);
    // SQLite opens a read-only folder, and fails only at the first write.
    accessSync(stateDir, constants.W_OK);
    return new DatabaseSync(join(stateDir, JOURNAL_FILE), { timeout: 0 });
  } catch (error) {
    throw toStateFolderError(error, stateDir);
  }
}

function prepare(database: DatabaseSync, stateDir: string, clusterUid: string): void {
  // The kernel releases an exclusive lock when the process ends, so that kill -9 leaves no stale lock.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  database.exec("PRAGMA journal_mode = WAL");
  // A power failure may lose the last commits, never their order: their changes are derived and sent again.
  database.exec("PRAGMA synchronous = NORMAL");
  // In pages, 16 MB: most rows are written twice, and only the second state needs to reach the database file.
  database.exec("PRAGMA wal_autocheckpoint = 4000");
  database.exec("BEGIN EXCLUSIVE");
  if (isEmpty(database)) {
    createTables(database);
    const insert = database.prepare("INSERT INTO meta (name, value) VALUES (?, ?)");
    insert.run("format", String(JOURNAL_FORMAT));
    insert.run("clusterUid", clusterUid);
    insert.run("epoch", "0");
  }
  database.exec("COMMIT");
  check(database, stateDir, clusterUid);
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}

function check(database: DatabaseSync, stateDir: string, clusterUid: string): void {
  const verdict = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (verdict !== "ok") throw damaged(stateDir, String(verdict));
  const read = database.prepare("SELECT value FROM meta WHERE name = ?");
  const format = Number(read.get("format")?.["value"]);
  if (format > JOURNAL_FORMAT) {
    throw stateFolderError(
      `state folder ${stateDir} was written by a newer Kubemend (format ${format}, this one reads ${JOURNAL_FORMAT}): upgrade, or use another --state-dir`,
    );
  }
  if (format < JOURNAL_FORMAT) {
    database.exec("BEGIN");
    migrateTables(database, format);
    const update = database.prepare("UPDATE meta SET value = ? WHERE name = 'format'");
    update.run(String(JOURNAL_FORMAT));
    database.exec("COMMIT");
  }
  const owner = read.get("clusterUid")?.["value"];
  if (owner !== clusterUid) {
    throw stateFolderError(
      `state folder ${stateDir} belongs to another cluster (${String(owner)}, this one is ${clusterUid}): use another --state-dir, or delete the folder to start again`,
    );
  }
}

function toStateFolderError(error: unknown, stateDir: string): KubemendError {
  if (isKubemendError(error)) return error;
  const code = readCode(error);
  const detail = describeError(error);
  if (code === SQLITE.BUSY || code === SQLITE.LOCKED) {
    return stateFolderError(
      `state folder ${stateDir} is in use by another relay: give each its own --state-dir`,
      error,
    );
  }
  if (code === SQLITE.CORRUPT || code === SQLITE.NOTADB || code === SQLITE.ERROR) {
    return damaged(stateDir, detail, error);
  }
  if (code === SQLITE.FULL) {
    return stateFolderError(`state folder ${stateDir}: the disk is full: free some space`, error);
  }
  return stateFolderError(
    `state folder ${stateDir} cannot be written (${detail}): check that it is a folder, its permissions and its disk`,
    error,
  );
}

/** Primary result codes; ERROR is the result for tables of another application. https://www.sqlite.org/rescode.html */
const SQLITE = { ERROR: 1, BUSY: 5, LOCKED: 6, CORRUPT: 11, FULL: 13, NOTADB: 26 } as const;

function damaged(stateDir: string, detail: string, cause?: unknown): KubemendError {
  return stateFolderError(
    `state folder ${stateDir}: ${JOURNAL_FILE} is damaged (${detail}): move it away to start again; changes made while the relay was down are then not found`,
    cause,
  );
}

function stateFolderError(message: string, cause?: unknown): KubemendError {
  return new KubemendError("StateFolder", message, { retryable: false, cause });
}

function readCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  // The low byte is the primary result code.
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
