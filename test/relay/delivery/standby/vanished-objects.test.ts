import { describe, expect, it } from "vitest";
import type { Journal } from "../../../../adapters/journal/journal.ts";
import { configMap } from "../../../support/relay/change.ts";
import { began, changed, ended, listed, read } from "../../../support/relay/relay-delivery.ts";
import { temporaryFolder } from "../../../support/host/temporary-folder.ts";
import { openStandbyJournal, standBy } from "./stand-by.ts";

describe("objects that came and went before its own stream began", () => {
  const sent = [{ namespace: "default", name: "x", uid: "uid-x", resourceVersion: "11" }];
  /** Began at 20, when the leader's checkpoint was 10 and it had sent more. */
  const late = async (journal: Journal) => {
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10", { sent });
    await relay.read(began(), listed("a", "5"), ended("20"));
    return relay.takeOver();
  };

  it("are listed when it takes over, and their deletion is sent", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    expect(await late(journal)).toMatchObject({ outcome: "restart" });
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10", { sent });
    relay.lease.lead();
    relay.delivery.beginTerm();
    expect(relay.ledger.start()).toEqual({ type: "snapshot", cause: "start", replace: false });
    expect(relay.predecessor.toList()).toMatchObject({ resourceVersion: "10", sent });
    for (const one of [
      ...sent,
      { ...read(configMap("y", "9")).read },
      { ...read(configMap("a", "5")).read },
    ]) {
      relay.predecessor.adopt(one);
    }
    relay.predecessor.listed();
    expect(relay.predecessor.toList()).toBeUndefined();
    await relay.read(began(), listed("a", "5"), ended("25"));
    expect(relay.accept()).toEqual(["deleted x@25 gap", "deleted y@25 gap"]);
  });

  it("stay pending for every successor until they are reported, and for nobody afterwards", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    await late(journal);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10", { sent });
    relay.lease.lead();
    relay.ledger.start();
    expect(relay.checkpoint()).toMatchObject({ resourceVersion: "10", sent });
    for (const one of sent) relay.predecessor.adopt(one);
    relay.predecessor.listed();
    await relay.read(began(), listed("a", "5"), ended("25"));
    expect(relay.checkpoint()).toMatchObject({ resourceVersion: "10", sent });
    relay.accept();
    expect(relay.checkpoint()).toMatchObject({ resourceVersion: "25", sent: [] });
    expect(standBy(journal).predecessor.toList()).toBeUndefined();
  });

  it("are reported as deleted before the object that has the name now, whose state is sent again", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const taken = [{ namespace: "default", name: "a", uid: "older", resourceVersion: "11" }];
    const before = standBy(journal);
    before.lease.setCheckpoint("10", { sent: taken });
    await before.read(began(), listed("a", "19"), ended("20"));
    before.lease.setCheckpoint("19", { sent: taken });
    await before.look();
    await before.takeOver();
    const relay = standBy(journal);
    relay.lease.setCheckpoint("30");
    relay.ledger.start();
    for (const one of taken) relay.predecessor.adopt(one);
    relay.predecessor.listed();
    relay.lease.lead();
    await relay.read(began(), listed("a", "19"), ended("25"));
    expect(relay.accept()).toEqual(["deleted a (older)@19 gap", "modified a@19 gap"]);
  });

  it("are reported in the order in which they had the name", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    relay.lease.lead();
    const named = ["9", "100", "20"].map((resourceVersion, index) => {
      return { namespace: "default", name: "a", uid: `uid-${index}`, resourceVersion };
    });
    for (const one of named) relay.predecessor.adopt(one);
    relay.ledger.start();
    await relay.read(began(), ended("125"));
    expect(relay.accept()).toEqual([
      "deleted a (uid-0)@125 gap",
      "deleted a (uid-2)@125 gap",
      "deleted a (uid-1)@125 gap",
    ]);
  });

  it("are not listed if the stream has no hole, unless it gets one before everything is passed", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    await relay.read(began(), listed("a", "5"), ended("10"), changed("MODIFIED", "a", "11"));
    relay.lease.setCheckpoint("15", { sent });
    expect(await relay.takeOver()).toMatchObject({ outcome: "promote" });
    expect(relay.predecessor.toList()).toMatchObject({ resourceVersion: "15" });
    await relay.read(changed("MODIFIED", "a", "16"));
    relay.accept();
    expect(relay.predecessor.toList()).toBeUndefined();
  });
});
