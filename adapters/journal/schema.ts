import type { DatabaseSync } from "node:sqlite";

/** Increased when the tables change; an older Kubemend refuses a newer folder. */
export const JOURNAL_FORMAT = 4;

/**
 * Rows are stored in the order of names, which is also the order of a snapshot, so that a commit writes few pages: an index on uids,
 * which are random, needed a page written for nearly every row.
 */
const OBJECTS = `
  CREATE TABLE object (
    watch TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    resource_version TEXT NOT NULL,
    generation INTEGER,
    standing TEXT NOT NULL,
    seen_version TEXT,
    digests TEXT,
    sent_version TEXT,
    PRIMARY KEY (watch, namespace, name, uid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX object_gone ON object (watch) WHERE standing = 'gone';`;

/**
 * - `meta`: format, cluster uid, epoch, and notes.
 * - `watch`: a row per watch key whose whole snapshot was accepted; `resource_version` is its checkpoint, "" if the next start
 *   must take a snapshot.
 * - `object`: the delivered state of each object. Rows with standing `gone` are tombstones, kept until the checkpoint has passed
 *   them; rows with `attempted` were written before a first state was sent. `seen_version` is the object's place in the stream, if
 *   `resource_version` is a later one. `digests` are those of the fields that rules compare, as JSON, of the delivered state; never of
 *   a tombstone. `sent_version` is a later state of which it is not known whether the queue has accepted it.
 * - `initial`: which rules have received the initial objects.
 */
const TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE watch (
    key TEXT PRIMARY KEY,
    resource_version TEXT NOT NULL,
    selection TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
${OBJECTS}
  CREATE TABLE initial (
    watch TEXT NOT NULL,
    rule TEXT NOT NULL,
    PRIMARY KEY (watch, rule)
  ) STRICT, WITHOUT ROWID;
`;

export function createTables(database: DatabaseSync): void {
  database.exec(TABLES);
}

/** Migrates the tables of an older format to this one. */
export function migrateTables(database: DatabaseSync, format: number): void {
  if (format < 2) database.exec("ALTER TABLE object ADD COLUMN seen_version TEXT");
  if (format < 3) {
    const columns =
      "watch, namespace, name, uid, resource_version, generation, standing, seen_version";
    database.exec(`
      DROP INDEX object_gone;
      ALTER TABLE object RENAME TO object_old;
      ${OBJECTS}
      INSERT INTO object (${columns}) SELECT ${columns} FROM object_old;
      DROP TABLE object_old;
    `);
  } else if (format < 4) {
    database.exec("ALTER TABLE object ADD COLUMN digests TEXT");
    database.exec("ALTER TABLE object ADD COLUMN sent_version TEXT");
  }
}
