import type { DatabaseSync } from "node:sqlite";

/** Raised when the tables change; an older Kubemend refuses a newer folder. */
export const JOURNAL_FORMAT = 2;

/**
 * - `meta`: format, cluster uid, epoch, and notes.
 * - `watch`: a row for each watch key that had a whole snapshot accepted; `resource_version` is its checkpoint, "" where
 *   the next start must take a snapshot.
 * - `object`: what was delivered of each object. Rows with standing `gone` are tombstones, kept until the checkpoint has
 *   passed them; `attempted` ones were written before a first state was sent. `seen_version` is where the stream told of it,
 *   if `resource_version` is a later one. Rows lie in the order in which they came, as a snapshot comes in the order of
 *   names: uids are random, and a table in their order had twice the pages written.
 * - `initial`: which rules had the objects of the start.
 */
const TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE watch (
    key TEXT PRIMARY KEY,
    resource_version TEXT NOT NULL,
    selection TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE object (
    watch TEXT NOT NULL,
    uid TEXT NOT NULL,
    resource_version TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER,
    standing TEXT NOT NULL,
    seen_version TEXT,
    PRIMARY KEY (uid, watch)
  ) STRICT;
  CREATE INDEX object_by_name ON object (watch, namespace, name);
  CREATE INDEX object_gone ON object (watch) WHERE standing = 'gone';
  CREATE TABLE initial (
    watch TEXT NOT NULL,
    rule TEXT NOT NULL,
    PRIMARY KEY (watch, rule)
  ) STRICT, WITHOUT ROWID;
`;

export function createTables(database: DatabaseSync): void {
  database.exec(TABLES);
}

/** Brings the tables of an older format to this one. */
export function migrateTables(database: DatabaseSync, format: number): void {
  if (format < 2) database.exec("ALTER TABLE object ADD COLUMN seen_version TEXT");
}
