import type { DatabaseSync, StatementSync } from "node:sqlite";

export type Statements = Readonly<
  Record<
    | "readEpoch"
    | "writeEpoch"
    | "readNote"
    | "writeNote"
    | "dropNote"
    | "readCheckpoint"
    | "writeCheckpoint"
    | "readInitial"
    | "writeInitial"
    | "listByName"
    | "living"
    | "writeRow"
    | "writeSent"
    | "dropTombstones",
    StatementSync
  >
>;

/** All statements of the journal, prepared once. */
export function prepareStatements(database: DatabaseSync): Statements {
  const columns =
    "namespace, name, uid, resource_version, generation, standing, seen_version, digests, sent_version";
  return {
    readEpoch: database.prepare("SELECT value FROM meta WHERE name = 'epoch'"),
    writeEpoch: database.prepare("UPDATE meta SET value = ? WHERE name = 'epoch'"),
    readNote: database.prepare("SELECT value FROM meta WHERE name = ?"),
    writeNote: database.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)"),
    dropNote: database.prepare("DELETE FROM meta WHERE name = ?"),
    readCheckpoint: database.prepare("SELECT resource_version, selection FROM watch WHERE key = ?"),
    writeCheckpoint: database.prepare("INSERT OR REPLACE INTO watch VALUES (?, ?, ?)"),
    readInitial: database.prepare("SELECT rule FROM initial WHERE watch = ?"),
    writeInitial: database.prepare("INSERT OR IGNORE INTO initial VALUES (?, ?)"),
    listByName: database.prepare(
      `SELECT ${columns} FROM object WHERE watch = ? AND namespace = ? AND name = ?`,
    ),
    living: database.prepare(
      `SELECT ${columns} FROM object WHERE watch = ? AND standing <> 'gone'`,
    ),
    writeRow: database.prepare(
      `INSERT INTO object (watch, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
         SET resource_version = excluded.resource_version, generation = excluded.generation, standing = excluded.standing,
           seen_version = excluded.seen_version, digests = excluded.digests, sent_version = excluded.sent_version`,
    ),
    // If another state was sent before, and nobody knows whether it was accepted, the fields of the accepted state are not known either.
    writeSent: database.prepare(
      `UPDATE object SET digests = CASE WHEN coalesce(sent_version, ?1) = ?1 THEN digests END, sent_version = ?1
         WHERE watch = ?2 AND namespace = ?3 AND name = ?4 AND uid = ?5`,
    ),
    // Without INDEXED BY the planner reads all rows of a watch, because the primary key begins with it.
    // Rows with a resourceVersion that is not a number stay: CAST makes it 0, which would be below every checkpoint.
    dropTombstones: database.prepare(
      `DELETE FROM object INDEXED BY object_gone WHERE watch = ? AND standing = 'gone' AND resource_version NOT GLOB '*[^0-9]*'
         AND CAST(resource_version AS INTEGER) <= CAST(? AS INTEGER)`,
    ),
  };
}
