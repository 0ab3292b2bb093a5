import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { JOURNAL_FILE, openJournal } from "../../../adapters/journal/open-journal.ts";
import { limitDatabases } from "../../support/host/full-disk.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const open = (stateDir: string, clusterUid = "cluster") => openJournal({ stateDir, clusterUid });
const refusal = (message: RegExp) =>
  expect.objectContaining({
    code: "StateFolder",
    retryable: false,
    message: expect.stringMatching(message),
  });

it("creates the folder if it does not exist", () => {
  using folder = temporaryFolder();
  const journal = open(join(folder.path, "a", "b"));
  expect(journal.epoch()).toBe(0);
  journal.close();
});

it("refuses a second relay on the folder, and opens it once the first has ended", () => {
  using folder = temporaryFolder();
  const first = open(folder.path);
  expect(() => open(folder.path)).toThrow(refusal(/in use by another relay.*--state-dir/));
  first.close();
  open(folder.path).close();
});

it("loses what was staged when its process is killed, keeps what was committed, and leaves no lock", async () => {
  using folder = temporaryFolder();
  const script = join(import.meta.dirname, "killed-writer.ts");
  const child = spawn(process.execPath, [script, folder.path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(() => open(folder.path)).toThrow(refusal(/in use/));
  child.kill("SIGKILL");
  await once(child, "exit");
  const journal = open(folder.path);
  expect(journal.listByName("w", "", "a")).toMatchObject([
    { uid: "committed", resourceVersion: "1" },
  ]);
  expect(journal.listByName("w", "", "b")).toEqual([]);
  expect(journal.checkpoint("w")).toBeUndefined();
  expect(journal.epoch()).toBe(1);
  journal.close();
});

it("refuses the folder of another cluster, and leaves it unchanged", () => {
  using folder = temporaryFolder();
  const first = open(folder.path);
  first.stageCheckpoint("w", { resourceVersion: "7", selection: "s" });
  first.close();
  expect(() => open(folder.path, "another")).toThrow(
    refusal(/belongs to another cluster \(cluster, this one is another\)/),
  );
  const again = open(folder.path);
  expect(again.checkpoint("w")?.resourceVersion).toBe("7");
  again.close();
});

it("refuses a file that is not a journal, and leaves it unchanged", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, JOURNAL_FILE);
  writeFileSync(file, "x".repeat(8_192));
  expect(() => open(folder.path)).toThrow(refusal(/damaged.*move it away/));
  expect(readFileSync(file, "utf8")).toBe("x".repeat(8_192));
});

it("refuses a journal whose pages are damaged", () => {
  using folder = temporaryFolder();
  const journal = open(folder.path);
  for (let index = 0; index < 2_000; index += 1) {
    const identity = {
      namespace: "n",
      name: `name-${index}`,
      generation: null,
      standing: "delivered",
    } as const;
    journal.stageRow("w", { uid: `uid-${index}`, resourceVersion: "1", ...identity });
  }
  journal.close();
  const file = join(folder.path, JOURNAL_FILE);
  const bytes = readFileSync(file);
  bytes.fill(0x5a, 4_096 * 6, 4_096 * 12);
  writeFileSync(file, bytes);
  expect(() => open(folder.path)).toThrow(refusal(/damaged/));
});

it("refuses the database of another application, and a journal of a newer Kubemend", () => {
  using folder = temporaryFolder();
  const other = new DatabaseSync(join(folder.path, JOURNAL_FILE));
  other.exec("CREATE TABLE something (x)");
  other.close();
  expect(() => open(folder.path)).toThrow(refusal(/damaged/));

  using newer = temporaryFolder();
  open(newer.path).close();
  const database = new DatabaseSync(join(newer.path, JOURNAL_FILE));
  database.exec("UPDATE meta SET value = '99' WHERE name = 'format'");
  database.close();
  expect(() => open(newer.path)).toThrow(refusal(/newer Kubemend \(format 99/));
});

/** The tables of older formats: for format 1 without the column that format 2 added. */
const TABLE_OF_FORMAT_2 = `
  DROP TABLE object;
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
  INSERT INTO object VALUES ('w', 'u', '1', 'n', 'a', 3, 'delivered', NULL);
`;

const TABLE_OF_FORMAT_3 = `
  DROP TABLE object;
  CREATE TABLE object (
    watch TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    resource_version TEXT NOT NULL,
    generation INTEGER,
    standing TEXT NOT NULL,
    seen_version TEXT,
    PRIMARY KEY (watch, namespace, name, uid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX object_gone ON object (watch) WHERE standing = 'gone';
  INSERT INTO object VALUES ('w', 'n', 'a', 'u', '1', 3, 'delivered', NULL);
`;

it.each([1, 2, 3])("continues a journal of format %i", (format) => {
  using folder = temporaryFolder();
  const journal = open(folder.path);
  journal.stageCheckpoint("w", { resourceVersion: "1", selection: "s" });
  journal.raiseEpoch();
  journal.close();
  const database = new DatabaseSync(join(folder.path, JOURNAL_FILE));
  database.exec(format === 3 ? TABLE_OF_FORMAT_3 : TABLE_OF_FORMAT_2);
  if (format === 1) database.exec("ALTER TABLE object DROP COLUMN seen_version");
  database.exec(`UPDATE meta SET value = '${format}' WHERE name = 'format'`);
  database.close();
  const again = open(folder.path);
  const place = { namespace: "n", name: "a" };
  const before = { ...place, uid: "u", resourceVersion: "1", generation: 3, standing: "delivered" };
  expect(again.listByName("w", "n", "a")).toEqual([before]);
  const gone = {
    ...place,
    uid: "v",
    resourceVersion: "2",
    generation: null,
    standing: "tombstone",
  } as const;
  const compared = { ...gone, seenVersion: "0", digests: { id: "digest" }, sentVersion: "3" };
  again.stageRow("w", compared);
  expect(again.listByName("w", "n", "a")).toEqual([before, compared]);
  expect(again.checkpoint("w")?.resourceVersion).toBe("1");
  expect(again.epoch()).toBe(1);
  again.close();
});

it("refuses a folder that is a file", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  expect(() => open(file)).toThrow(refusal(/cannot be written/));
});

it("refuses a folder that cannot be created", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  expect(() => open(join(file, "state"))).toThrow(refusal(/cannot be written.*permissions/));
});

it("refuses a folder on a full disk", () => {
  using folder = temporaryFolder();
  using _limit = limitDatabases(2);
  expect(() => open(folder.path)).toThrow(refusal(/the disk is full: free some space/));
});

it("refuses a read-only folder, with a journal or without, and leaves it unchanged", () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  const [empty, used] = ["empty", "used"].map((name) => join(folder.path, name));
  mkdirSync(String(empty));
  open(String(used)).close();
  for (const path of [String(empty), String(used)]) {
    for (const name of readdirSync(path)) chmodSync(join(path, name), 0o444);
    const before = readdirSync(path);
    chmodSync(path, 0o555);
    asOrdinaryUser(() => {
      expect(() => open(path)).toThrow(refusal(/cannot be written.*check.*permissions/));
    });
    expect(readdirSync(path)).toEqual(before);
    chmodSync(path, 0o755);
  }
});

/** root may write anywhere. */
function asOrdinaryUser(work: () => void): void {
  if (process.geteuid?.() !== 0) {
    work();
    return;
  }
  process.seteuid?.("nobody");
  try {
    work();
  } finally {
    process.seteuid?.(0);
  }
}
