import type { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import type { FieldDigests } from "../../core/changes/compare-fields.ts";
import type { KnownState, Standing } from "../../core/changes/derive-change.ts";
import type { KubemendError } from "../../core/errors.ts";
import { readBoundedJson } from "../../events/json.ts";
import { prepareStatements } from "./statements.ts";
import { createTransaction } from "./transaction.ts";

/** The state of an object that the queue has accepted, or may have. */
export type JournalRow = KnownState & {
  readonly uid: string;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  /** Its place in the stream, if `resourceVersion` is a later one; objects of one name are ordered by it. */
  readonly seenVersion?: string | undefined;
  /** Of the fields that rules compare, in the delivered state. */
  readonly digests?: FieldDigests | undefined;
  /** A later state of which it is not known whether the queue has accepted it. */
  readonly sentVersion?: string | undefined;
};

/** The key of a row. */
export type RowKey = Pick<JournalRow, "namespace" | "name" | "uid">;

/** The progress of a watch: the queue accepted everything up to `resourceVersion`, in stream order. "" = take a snapshot. */
export type Checkpoint = {
  readonly resourceVersion: string;
  /** Canonical text of what was watched: a checkpoint of another resource or selector is of no use. */
  readonly selection: string;
};

/**
 * What the relay has delivered, on disk. Reads include staged writes; staged writes become durable together, on `commit`: if the
 * process dies before, the journal is unchanged and the changes are sent again (at least once).
 * Every method throws `StateFolder` (terminal) if the disk fails; from then on all of them do, except `close`.
 */
export type Journal = {
  readonly epoch: () => number;
  /** Raises the epoch above every earlier one and above `above`; durable when it returns, even after a power failure. */
  readonly raiseEpoch: (above?: number) => number;
  /** A text that was stored under a name; undefined if there is none. */
  readonly note: (name: string) => string | undefined;
  /** `undefined` removes it. */
  readonly stageNote: (name: string, text: string | undefined) => void;
  readonly checkpoint: (watch: string) => Checkpoint | undefined;
  readonly initialRules: (watch: string) => readonly string[];
  /** All known objects of a name, including tombstones. At most one of them is alive; the name of a uid never changes. */
  readonly listByName: (watch: string, namespace: string, name: string) => readonly JournalRow[];
  /** Rows of living objects for which `isSeen` is false. */
  readonly missing: (watch: string, isSeen: (uid: string) => boolean) => readonly JournalRow[];
  readonly stageRow: (watch: string, row: JournalRow) => void;
  /**
   * Notes that a later state of a row's object is about to be sent. Writing the row again removes the note. If there is a note about
   * another state, the queue may have that one, so the row's digests are removed.
   */
  readonly stageSent: (watch: string, key: RowKey, resourceVersion: string) => void;
  /** Tombstones that the checkpoint has passed are deleted with it. */
  readonly stageCheckpoint: (watch: string, checkpoint: Checkpoint) => void;
  readonly stageInitialRules: (watch: string, rules: readonly string[]) => void;
  readonly commit: () => void;
  /** Commits, and releases the folder. */
  readonly close: () => void;
};

/** The journal's statements on an open database. `toError` names the folder in a failure. */
export function createJournal(
  database: DatabaseSync,
  toError: (error: unknown) => KubemendError,
): Journal {
  const sql = prepareStatements(database);
  /** The last one per watch: acceptances move it many times between two commits. */
  const checkpoints = new Map<string, Checkpoint>();
  const { attempt, stage, commit, close } = createTransaction({
    database,
    toError,
    beforeCommit() {
      for (const [watch, { resourceVersion, selection }] of checkpoints) {
        sql.writeCheckpoint.run(watch, resourceVersion, selection);
        sql.dropTombstones.run(watch, resourceVersion);
      }
      checkpoints.clear();
    },
  });
  /** Cached: it is read with each message, and nobody else writes it. */
  let knownEpoch: number | undefined;
  const epoch = (): number => (knownEpoch ??= Number(sql.readEpoch.get()?.["value"] ?? 0));
  return {
    epoch: () => attempt(epoch),
    raiseEpoch: (above = 0) =>
      attempt(() => {
        commit();
        database.exec("PRAGMA synchronous = FULL");
        sql.writeEpoch.run(String(Math.max(epoch(), above) + 1));
        database.exec("PRAGMA synchronous = NORMAL");
        knownEpoch = undefined;
        return epoch();
      }),
    note: (name) => attempt(() => toText(sql.readNote.get(NOTE + name))),
    stageNote: (name, text) =>
      stage(() => {
        if (text === undefined) sql.dropNote.run(NOTE + name);
        else sql.writeNote.run(NOTE + name, text);
      }),
    checkpoint: (watch) =>
      attempt(() => checkpoints.get(watch) ?? toCheckpoint(sql.readCheckpoint.get(watch))),
    initialRules: (watch) =>
      attempt(() => sql.readInitial.all(watch).map((row) => String(row["rule"]))),
    listByName: (watch, namespace, name) =>
      attempt(() => sql.listByName.all(watch, namespace, name).map(toRow)),
    missing: (watch, isSeen) =>
      attempt(() => collectUnseen(sql.living.iterate(watch), isSeen).map(toRow)),
    stageRow: (watch, row) => {
      const { namespace, name, uid, resourceVersion, generation, standing, digests } = row;
      const stored = standing === "tombstone" ? STORED_TOMBSTONE : standing;
      const compared = digests === undefined ? null : JSON.stringify(digests);
      const versions = [row.seenVersion ?? null, compared, row.sentVersion ?? null];
      const state = [resourceVersion, generation, stored, ...versions];
      stage(() => sql.writeRow.run(watch, namespace, name, uid, ...state));
    },
    stageSent: (watch, { namespace, name, uid }, resourceVersion) =>
      stage(() => sql.writeSent.run(resourceVersion, watch, namespace, name, uid)),
    stageCheckpoint: (watch, checkpoint) =>
      stage(() => {
        checkpoints.set(watch, checkpoint);
      }),
    stageInitialRules: (watch, rules) =>
      stage(() => {
        for (const rule of rules) sql.writeInitial.run(watch, rule);
      }),
    commit,
    close,
  };
}

/** Prefix of notes, which share their table with format, cluster uid and epoch. */
const NOTE = "note ";
/** How the database spells the standing `tombstone`; its statements and its index name this value. */
const STORED_TOMBSTONE = "gone";

type Columns = Readonly<Record<string, unknown>>;

function toText(row: Columns | undefined): string | undefined {
  return row === undefined ? undefined : String(row["value"]);
}

function toCheckpoint(row: Columns | undefined): Checkpoint | undefined {
  if (row === undefined) return undefined;
  return {
    resourceVersion: String(row["resource_version"]),
    selection: String(row["selection"]),
  };
}

function toRow(row: Columns): JournalRow {
  const generation = row["generation"];
  const digests = toDigests(row["digests"]);
  return {
    uid: String(row["uid"]),
    resourceVersion: String(row["resource_version"]),
    namespace: String(row["namespace"]),
    name: String(row["name"]),
    generation: typeof generation === "number" ? generation : null,
    standing: toStanding(row["standing"]),
    ...(typeof row["seen_version"] === "string" ? { seenVersion: row["seen_version"] } : {}),
    ...(digests === undefined ? {} : { digests }),
    ...(typeof row["sent_version"] === "string" ? { sentVersion: row["sent_version"] } : {}),
  };
}

const digestsSchema = v.record(v.string(), v.string());

function toDigests(column: unknown): FieldDigests | undefined {
  if (typeof column !== "string") return undefined;
  const read = readBoundedJson(column);
  const parsed = v.safeParse(digestsSchema, read.outcome === "read" ? read.value : undefined);
  return parsed.success ? parsed.output : undefined;
}

function toStanding(value: unknown): Standing {
  if (value === STORED_TOMBSTONE) return "tombstone";
  return value === "attempted" ? value : "delivered";
}

/** Nearly all rows have been seen, so only the others are collected. */
function collectUnseen(
  rows: Iterable<Columns>,
  isSeen: (uid: string) => boolean,
): readonly Columns[] {
  const unseen: Columns[] = [];
  for (const row of rows) if (!isSeen(String(row["uid"]))) unseen.push(row);
  return unseen;
}
