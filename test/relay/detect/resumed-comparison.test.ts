import { cpSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { JOURNAL_FILE } from "../../../adapters/journal/open-journal.ts";
import {
  accept,
  changedWith,
  COMPARES_DATA,
  createComparedScene,
  describeBatch,
  listedWith,
  readAnswer,
  startWithA,
} from "../../support/relay/compared-relay.ts";
import { began, ended, openTestJournal } from "../../support/relay/relay-delivery.ts";
import { createFakeLeadership } from "../../support/relay/relay-leadership.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

/** kill -9: a copy of what was committed. */
function kill(path: string, journal: Journal, next: string): Journal {
  const copy = join(next, "state");
  cpSync(path, copy, { recursive: true });
  journal.close();
  return openTestJournal(copy);
}

describe("after kill -9", () => {
  it("a state whose delivery was not recorded is yes again", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    await relay.read(changedWith("MODIFIED", "a", "11", "B"));
    const [batch = []] = relay.delivery.takeBatches(1);
    expect(describeBatch(batch)).toEqual(["a@11 yes"]);
    using next = temporaryFolder();
    const again = kill(folder.path, journal, next.path);
    const relayed = createComparedScene(again);
    expect(relayed.ledger.start()).toEqual({ type: "resume", position: "10" });
    await relayed.read(changedWith("MODIFIED", "a", "11", "B"));
    await relayed.read(changedWith("MODIFIED", "a", "12", "A"));
    // Without the first one nobody would know whether the queue has A or B.
    expect(accept(relayed)).toEqual(["a@11 yes", "a@12 yes"]);
    again.close();
  });

  it("a state that was merged into a later one is not sent before that one", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    await relay.read(changedWith("MODIFIED", "a", "11", "B"));
    await relay.read(changedWith("MODIFIED", "a", "12", "B"));
    const [batch = []] = relay.delivery.takeBatches(1);
    expect(describeBatch(batch)).toEqual(["a@12 yes"]);
    using next = temporaryFolder();
    const again = kill(folder.path, journal, next.path);
    const relayed = createComparedScene(again);
    await relayed.read(changedWith("MODIFIED", "a", "11", "B"));
    expect(accept(relayed)).toEqual([]);
    await relayed.read(changedWith("MODIFIED", "a", "12", "B"));
    expect(accept(relayed)).toEqual(["a@12 yes"]);
    again.close();
  });
});

describe("fields that were not compared before", () => {
  const LABELS = { ruleId: "b-rule", fields: [["metadata", "labels"]] };

  it("are read from a snapshot, once, so that the next change of each object is known", async () => {
    using folder = temporaryFolder();
    const { journal } = await startWithA(folder.path);
    const relay = createComparedScene(journal, { compared: [COMPARES_DATA, LABELS] });
    expect(relay.ledger.start()).toMatchObject({ type: "snapshot", replace: false });
    await relay.read(began(), listedWith("a", "5", "A"), ended("10"));
    expect(accept(relay)).toEqual([]);
    await relay.read(changedWith("MODIFIED", "a", "11", "B"));
    const [batch = []] = relay.delivery.takeBatches(1);
    const answers = batch.map(({ entry }) => [readAnswer(entry), readAnswer(entry, "b-rule")]);
    expect(answers).toEqual([["yes", "no"]]);
    const again = createComparedScene(journal, { compared: [COMPARES_DATA, LABELS] });
    expect(again.ledger.start()).toEqual({ type: "resume", position: "10" });
    journal.close();
  });

  it("are unknown if the object has changed before they were read", async () => {
    using folder = temporaryFolder();
    const { journal } = await startWithA(folder.path);
    const compared = [{ ...LABELS, ruleId: "a-rule" }];
    const relay = createComparedScene(journal, { compared });
    await relay.read(began(), listedWith("a", "11", "A"), ended("12"));
    expect(accept(relay)).toEqual(["a@11 unknown"]);
    journal.close();
  });

  it("are read again if a rule that compared them was gone for a while", async () => {
    using folder = temporaryFolder();
    const { journal } = await startWithA(folder.path);
    const without = createComparedScene(journal, { compared: [] });
    expect(without.ledger.start()).toEqual({ type: "resume", position: "10" });
    const relay = createComparedScene(journal);
    expect(relay.ledger.start()).toMatchObject({ type: "snapshot" });
    journal.close();
  });

  it("are unknown with another key, until a snapshot has read them", async () => {
    using folder = temporaryFolder();
    const { journal } = await startWithA(folder.path);
    journal.stageNote("comparison key", "another");
    const relay = createComparedScene(journal);
    expect(relay.ledger.start()).toMatchObject({ type: "snapshot" });
    await relay.read(changedWith("MODIFIED", "a", "11", "A"));
    expect(accept(relay)).toEqual(["a@11 unknown"]);
    journal.close();
  });
});

describe("relays that share a Lease", () => {
  it("send every state of such objects, each compared with the one before it", async () => {
    using folder = temporaryFolder();
    const journal = openTestJournal(folder.path);
    const lease = createFakeLeadership();
    lease.lead();
    const relay = createComparedScene(journal, { leadership: lease.leadership });
    await relay.read(began(), listedWith("a", "5", "A"), ended("10"));
    for (const [version, value] of [
      ["11", "B"],
      ["12", "B"],
      ["13", "A"],
    ] as const) {
      await relay.read(changedWith("MODIFIED", "a", version, value));
    }
    expect(accept(relay)).toEqual(["a@11 yes", "a@12 no", "a@13 yes"]);
    journal.close();
  });

  it("a standby that takes over compares with what the previous leader delivered", async () => {
    using folder = temporaryFolder();
    const journal = openTestJournal(folder.path);
    const lease = createFakeLeadership();
    lease.setCheckpoint("10");
    const relay = createComparedScene(journal, { leadership: lease.leadership });
    relay.ledger.start();
    await relay.read(began(), listedWith("a", "5", "A"), listedWith("b", "6", "A"), ended("10"));
    lease.setCheckpoint("12");
    await relay.read(changedWith("MODIFIED", "a", "11", "B"));
    await relay.read(changedWith("MODIFIED", "a", "13", "B"));
    await relay.read(changedWith("MODIFIED", "b", "14", "B"));
    lease.lead();
    expect(await relay.delivery.standBy(new AbortController().signal)).toBe("promote");
    expect(accept(relay).toSorted()).toEqual(["a@13 no", "b@14 yes"]);
    journal.close();
  });
});

it("no value is in the journal: digests differ from object to object, and with another key", async () => {
  using folder = temporaryFolder();
  const journal = openTestJournal(folder.path);
  const relay = createComparedScene(journal);
  await relay.read(began(), listedWith("a", "5", "secret"), listedWith("b", "6", "secret"));
  await relay.read(ended("10"));
  journal.close();
  const database = new DatabaseSync(join(folder.path, JOURNAL_FILE));
  const rows = database.prepare("SELECT digests FROM object").all();
  database.close();
  const digests = rows.map((row) => String(row["digests"]));
  expect(new Set(digests).size).toBe(2);
  for (const one of digests) expect(one).toMatch(/^\{"[\w-]{12}":"[\w-]{22}"\}$/);
});
