import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import type { LeaseCheckpoint } from "../../../relay/handover/annotations.ts";
import { mergeAdds, Predecessor } from "../../../relay/handover/predecessor.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { openTestJournal } from "../../support/relay/relay-delivery.ts";

const WATCH = "configmaps-0123456789ab";
let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;

beforeEach(() => {
  folder = temporaryFolder();
  journal = openTestJournal(folder.path);
});

afterEach(() => {
  journal.close();
  folder[Symbol.dispose]();
});

const add = (uid: string, resourceVersion: string) => ({
  namespace: "default",
  name: `name-${uid}`,
  uid,
  resourceVersion,
});

const toCheckpoint = (part: Partial<LeaseCheckpoint> = {}): LeaseCheckpoint => ({
  resourceVersion: "10",
  selection: "s",
  initial: [],
  history: 0,
  namespaces: "",
  sent: [],
  ...part,
});

/** A predecessor whose progress was taken over, by a relay whose own stream has no hole from `since` on. */
function takeOver(
  since: string | undefined,
  published: Partial<LeaseCheckpoint> = {},
  isOvertaken = false,
): Predecessor {
  const predecessor = new Predecessor(journal, WATCH);
  predecessor.begin(toCheckpoint(published), { since, isOvertaken });
  return predecessor;
}

const standings = (uid: string): readonly string[] =>
  journal
    .listByName(WATCH, "default", `name-${uid}`)
    .map((row) => `${row.standing}@${row.resourceVersion}`);

describe("what the previous leader did is unseen", () => {
  it.each<readonly [string, string | undefined, string, boolean]>([
    ["from the beginning", "", "10", false],
    ["from its checkpoint on", "10", "10", false],
    ["from before its checkpoint", "9", "10", false],
    ["from after its checkpoint", "11", "10", true],
    ["from somewhere, and it had no checkpoint", "11", "", true],
    ["from the beginning, and it had no checkpoint", "", "", false],
    ["not at all, within a snapshot", undefined, "10", true],
  ])("unless this relay's own stream covers it: %s", (_what, since, resourceVersion, isUnseen) => {
    expect(takeOver(since, { resourceVersion }).isUnseen()).toBe(isUnseen);
  });

  it("if it may have sent older states after ours, whatever our stream covers", () => {
    expect(takeOver("", {}, true).isUnseen()).toBe(true);
  });

  it("of no predecessor", () => {
    const predecessor = new Predecessor(journal, WATCH);
    expect(predecessor.isUnseen()).toBe(false);
    expect(predecessor.toList()).toBeUndefined();
    predecessor.accepted("5");
    expect(predecessor.pending()).toBeUndefined();
  });
});

describe("deletions of the previous leader's objects stay pending", () => {
  it("until the queue has accepted everything up to its checkpoint and the objects beyond it", () => {
    const predecessor = takeOver("", { sent: [add("a", "12"), add("b", "11")] });
    for (const place of ["9", "10", "11"]) {
      predecessor.accepted(place);
      expect(predecessor.pending()?.resourceVersion).toBe("10");
    }
    predecessor.accepted("12");
    expect(predecessor.pending()).toBeUndefined();
  });

  it("until a snapshot was compared, if they are unseen: its checkpoint alone is not enough", () => {
    const predecessor = takeOver("15");
    predecessor.accepted("20");
    expect(predecessor.pending()).toBeDefined();
    // This snapshot began before the objects were listed.
    predecessor.snapshotEnded("25");
    predecessor.accepted("25");
    expect(predecessor.pending()).toBeDefined();
    predecessor.listed();
    expect(predecessor.toList()).toBeUndefined();
    predecessor.snapshotEnded("30");
    predecessor.accepted("29");
    expect(predecessor.pending()).toBeDefined();
    predecessor.accepted("30");
    expect(predecessor.pending()).toBeUndefined();
  });

  it("across a restart", () => {
    takeOver("15", { sent: [add("a", "12")], history: 2 });
    journal.commit();
    journal.close();
    journal = openTestJournal(folder.path);
    const again = new Predecessor(journal, WATCH);
    expect(again.toList()).toEqual({
      resourceVersion: "10",
      history: 2,
      sent: [add("a", "12")],
      isUnseen: true,
      isOvertaken: false,
    });
    expect(new Predecessor(journal, "another watch").pending()).toBeUndefined();
  });

  it("for the rest of the term, if the relay restarts within it; a later leader's progress takes their place", () => {
    takeOver("15", { sent: [add("a", "12")] }, true);
    const again = takeOver("", { sent: [add("a", "13"), add("b", "14")] });
    expect(again.pending()).toMatchObject({
      isUnseen: true,
      isOvertaken: true,
      sent: [add("a", "13"), add("b", "14")],
    });
    for (const later of [{ resourceVersion: "20" }, { history: 1 }]) {
      expect(takeOver("", later).pending()).toMatchObject({
        isUnseen: false,
        isOvertaken: false,
        sent: [],
      });
    }
  });
});

describe("an object that the queue may have", () => {
  const row = { generation: null, standing: "delivered" } as const;

  it("is adopted if this relay has never seen it, or has delivered its deletion", () => {
    journal.stageRow(WATCH, { ...add("known", "5"), ...row });
    journal.stageRow(WATCH, { ...add("deleted", "6"), ...row, standing: "tombstone" });
    const predecessor = takeOver("15");
    for (const uid of ["known", "deleted", "unknown"]) predecessor.adopt(add(uid, "12"));
    expect(standings("known")).toEqual(["delivered@5"]);
    expect(standings("deleted")).toEqual(["attempted@12"]);
    expect(standings("unknown")).toEqual(["attempted@12"]);
  });

  it("is adopted beside another one of its name", () => {
    journal.stageRow(WATCH, { ...add("old", "5"), ...row, name: "name-new" });
    takeOver("15").adopt(add("new", "12"));
    expect(standings("new")).toContain("attempted@12");
  });

  it("is sent again if older states may have been sent after it: those beyond the checkpoint only", () => {
    journal.stageRow(WATCH, { ...add("before", "10"), ...row });
    journal.stageRow(WATCH, { ...add("beyond", "11"), ...row });
    takeOver("").distrust();
    expect(standings("beyond")).toEqual(["delivered@11"]);
    takeOver("", {}, true).distrust();
    expect(standings("beyond")).toEqual(["attempted@11"]);
    expect(standings("before")).toEqual(["delivered@10"]);
  });
});

it("of two lists of sent objects the later state of each is kept", () => {
  const merged = mergeAdds([add("a", "1"), add("b", "2")], [add("b", "3"), add("c", "4")]);
  expect(merged).toEqual([add("a", "1"), add("b", "3"), add("c", "4")]);
});
