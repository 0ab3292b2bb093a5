import { describe, expect, it } from "vitest";
import type { Journal } from "../../../../adapters/journal/journal.ts";
import { began, ended, listed } from "../../../support/relay/relay-delivery.ts";
import { temporaryFolder } from "../../../support/host/temporary-folder.ts";
import { openStandbyJournal, standBy } from "./stand-by.ts";

describe("an etcd rollback", () => {
  /** Has a@5, and the checkpoint at 10. */
  const caughtUp = async (journal: Journal) => {
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    relay.ledger.start();
    await relay.read(began(), listed("a", "5"), ended("10"));
    return relay;
  };

  it("makes the earlier checkpoint worthless for a standby that has seen it, until the leader has read everything again", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = await caughtUp(journal);
    await relay.read(began(true, "rollback"), listed("a", "3"), ended("8"));
    await relay.look();
    expect(relay.waiting()).toEqual(["modified a@3 gap"]);
    relay.lease.setCheckpoint("", { history: 2 });
    await relay.look();
    expect(relay.waiting()).toEqual(["modified a@3 gap"]);
    relay.lease.setCheckpoint("8", { history: 2 });
    await relay.look();
    expect(relay.waiting()).toEqual([]);
    expect(relay.rows("a")).toEqual(["delivered@3"]);
    expect(relay.ledger.start()).toEqual({ type: "resume", position: "8" });
  });

  it("makes a standby that has not seen it restart when the leader publishes it", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = await caughtUp(journal);
    relay.lease.setCheckpoint("8", { history: 2 });
    expect(await relay.look()).toBe("restart");
    const again = standBy(journal);
    again.lease.setCheckpoint("8", { history: 2 });
    expect(again.ledger.start()).toMatchObject({ type: "snapshot", replace: true });
  });

  it("is handled by the successor if the leader died before it had seen it", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = await caughtUp(journal);
    await relay.read(began(true, "rollback"), listed("a", "3"), ended("8"));
    expect(await relay.takeOver()).toMatchObject({ outcome: "restart" });
    const again = standBy(journal);
    again.lease.setCheckpoint("10");
    again.lease.lead();
    again.delivery.beginTerm();
    journal.raiseEpoch(4);
    expect(again.ledger.start()).toMatchObject({ type: "snapshot", replace: true });
    await again.read(began(true));
    expect(again.checkpoint()).toMatchObject({ resourceVersion: "", history: 5 });
  });

  it("that the Lease shows makes every row untrusted, however often the relay is killed before it is done", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = await caughtUp(journal);
    relay.lease.lead(true);
    expect(relay.delivery.beginTerm()).toBe(true);
    for (let life = 0; life < 2; life += 1) {
      const again = standBy(journal);
      again.lease.lead();
      // A standby must not take a new state for one that the queue had before.
      expect(again.checkpoint()).toMatchObject({ resourceVersion: "", history: 0 });
      expect(again.ledger.start()).toMatchObject({ type: "snapshot", replace: true });
    }
  });
});
