import { describe, expect, it } from "vitest";
import type { Journal, JournalRow } from "../../../adapters/journal/journal.ts";
import type { Standing } from "../../../core/changes/derive-change.ts";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import { limitDatabases } from "../../support/host/full-disk.ts";
import { findRow } from "../../support/relay/journal-row.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const WATCH = "pods-0123456789ab";
const row = (
  uid: string,
  resourceVersion: string,
  standing: Standing = "delivered",
): JournalRow => ({
  uid,
  resourceVersion,
  namespace: "default",
  name: `name-${uid}`,
  generation: null,
  standing,
});
const find = (journal: Journal, watch: string, uid: string): JournalRow | undefined =>
  findRow(journal, watch, { namespace: "default", name: `name-${uid}`, uid });
const open = (stateDir: string) => openJournal({ stateDir, clusterUid: "cluster" });

function reopen(journal: ReturnType<typeof open>, stateDir: string): ReturnType<typeof open> {
  journal.close();
  return open(stateDir);
}

describe("rows", () => {
  it("are found by name and uid, also before the commit and after a restart", () => {
    using folder = temporaryFolder();
    const first = open(folder.path);
    first.stageRow(WATCH, { ...row("a", "5"), generation: 3 });
    expect(find(first, WATCH, "a")).toEqual({ ...row("a", "5"), generation: 3 });
    const second = reopen(first, folder.path);
    expect(find(second, WATCH, "a")?.generation).toBe(3);
    expect(second.listByName(WATCH, "default", "name-a")).toHaveLength(1);
    expect(find(second, "another-watch", "a")).toBeUndefined();
    second.close();
  });

  it("are replaced by a newer state of their uid", () => {
    using folder = temporaryFolder();
    const journal = open(folder.path);
    journal.stageRow(WATCH, row("a", "5"));
    journal.stageRow(WATCH, row("a", "6"));
    expect(find(journal, WATCH, "a")?.resourceVersion).toBe("6");
    journal.close();
  });

  it("say which state was sent last, until they are written again", () => {
    using folder = temporaryFolder();
    const journal = open(folder.path);
    const compared = { ...row("a", "5"), digests: { id: "digest" } };
    const key = { namespace: "default", name: "name-a", uid: "a" };
    journal.stageRow(WATCH, compared);
    journal.stageSent(WATCH, key, "6");
    journal.stageSent(WATCH, key, "6");
    expect(find(journal, WATCH, "a")).toEqual({ ...compared, sentVersion: "6" });
    journal.stageRow(WATCH, { ...compared, resourceVersion: "6" });
    expect(find(journal, WATCH, "a")).toEqual({ ...compared, resourceVersion: "6" });
    journal.close();
  });

  it("lose their digests if two later states were sent, as the queue may have either", () => {
    using folder = temporaryFolder();
    const journal = open(folder.path);
    const key = { namespace: "default", name: "name-a", uid: "a" };
    journal.stageRow(WATCH, { ...row("a", "5"), digests: { id: "digest" } });
    journal.stageSent(WATCH, key, "6");
    journal.stageSent(WATCH, key, "7");
    expect(find(journal, WATCH, "a")).toEqual({ ...row("a", "5"), sentVersion: "7" });
    journal.close();
  });

  it("of deleted objects keep their name, and are not missing", () => {
    using folder = temporaryFolder();
    const journal = open(folder.path);
    for (const uid of ["a", "b", "c"]) journal.stageRow(WATCH, row(uid, "5"));
    journal.stageRow(WATCH, row("b", "6", "tombstone"));
    expect(journal.listByName(WATCH, "default", "name-b")).toEqual([row("b", "6", "tombstone")]);
    expect(journal.missing(WATCH, (uid) => uid === "a").map(({ uid }) => uid)).toEqual(["c"]);
    journal.close();
  });
});

describe("the checkpoint", () => {
  it("deletes the tombstones that it has passed, compared as numbers, and keeps the others", () => {
    using folder = temporaryFolder();
    const journal = open(folder.path);
    journal.stageRow(WATCH, row("old", "9", "tombstone"));
    journal.stageRow(WATCH, row("new", "11", "tombstone"));
    journal.stageRow(WATCH, row("odd", "abc", "tombstone"));
    journal.stageRow(WATCH, row("alive", "5"));
    journal.stageRow("another-watch", row("old", "9", "tombstone"));
    journal.stageCheckpoint(WATCH, { resourceVersion: "10", selection: "s" });
    journal.commit();
    expect(find(journal, WATCH, "old")).toBeUndefined();
    for (const uid of ["new", "odd", "alive"]) expect(find(journal, WATCH, uid)?.uid).toBe(uid);
    expect(find(journal, "another-watch", "old")?.standing).toBe("tombstone");
    journal.close();
  });

  it("is the last staged one, also before the commit", () => {
    using folder = temporaryFolder();
    const first = open(folder.path);
    for (const resourceVersion of ["10", "12"]) {
      first.stageCheckpoint(WATCH, { resourceVersion, selection: "s" });
      expect(first.checkpoint(WATCH)?.resourceVersion).toBe(resourceVersion);
    }
    const second = reopen(first, folder.path);
    expect(second.checkpoint(WATCH)?.resourceVersion).toBe("12");
    second.close();
  });

  it("is read as it was written, with the rules that received the initial objects", () => {
    using folder = temporaryFolder();
    const first = open(folder.path);
    expect(first.checkpoint(WATCH)).toBeUndefined();
    first.stageCheckpoint(WATCH, { resourceVersion: "10", selection: "s" });
    first.stageInitialRules(WATCH, ["one", "two"]);
    first.stageInitialRules(WATCH, ["two"]);
    const second = reopen(first, folder.path);
    expect(second.checkpoint(WATCH)).toEqual({ resourceVersion: "10", selection: "s" });
    expect(second.initialRules(WATCH)).toEqual(["one", "two"]);
    second.close();
  });
});

it("raises the epoch at each start, never to an earlier value", () => {
  using folder = temporaryFolder();
  const first = open(folder.path);
  expect([first.epoch(), first.raiseEpoch(), first.raiseEpoch()]).toEqual([0, 1, 2]);
  const second = reopen(first, folder.path);
  expect(second.raiseEpoch()).toBe(3);
  second.close();
});

describe("on a full disk", () => {
  it("writes nothing after the first failure, releases the folder, and keeps what was committed", () => {
    using folder = temporaryFolder();
    const first = open(folder.path);
    first.stageRow(WATCH, row("kept", "1"));
    first.close();
    {
      using _limit = limitDatabases(12);
      const journal = open(folder.path);
      journal.stageRow(WATCH, row("staged", "2"));
      const fill = (): void => {
        for (let index = 0; ; index += 1) journal.stageRow(WATCH, row(`uid-${index}`, "3"));
      };
      const full = expect.objectContaining({
        code: "StateFolder",
        retryable: false,
        message: expect.stringContaining("the disk is full: free some space"),
      });
      expect(fill).toThrow(full);
      // The staged rows were rolled back with the transaction: a checkpoint now would claim that they exist.
      const checkpoint = { resourceVersion: "9", selection: "s" };
      expect(() => journal.stageCheckpoint(WATCH, checkpoint)).toThrow(full);
      expect(() => journal.commit()).toThrow(full);
      journal.close();
    }
    const again = open(folder.path);
    expect(find(again, WATCH, "kept")?.resourceVersion).toBe("1");
    expect(find(again, WATCH, "staged")).toBeUndefined();
    expect(again.checkpoint(WATCH)).toBeUndefined();
    again.close();
  });
});
