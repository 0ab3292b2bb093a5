import { describe, expect, it } from "vitest";
import { began, ended, listed } from "../../../support/relay/relay-delivery.ts";
import { temporaryFolder } from "../../../support/host/temporary-folder.ts";
import { openStandbyJournal, standBy } from "./stand-by.ts";

describe("a lost journal", () => {
  it("is not a first start if the Lease has a checkpoint: the leader sends everything, with a gap", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    relay.lease.lead();
    expect(relay.ledger.start()).toEqual({ type: "snapshot", cause: "start", replace: true });
    await relay.read(began(true), listed("a", "5"), ended("12"));
    expect(relay.accept()).toEqual(["added a@5 gap"]);
    expect(relay.checkpoint()?.resourceVersion).toBe("12");
  });

  it("remains so for every successor until everything is sent", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    relay.lease.lead();
    relay.ledger.start();
    expect(relay.checkpoint()?.resourceVersion).toBe("10");
    await relay.read(began(true), listed("a", "5"));
    expect(relay.checkpoint()?.resourceVersion).toBe("");
  });

  it("restarts at a takeover if it had not caught up", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    relay.ledger.start();
    await relay.read(began(), listed("a", "5"), listed("b", "12"), ended("13"));
    relay.lease.lead();
    expect(await relay.takeOver()).toMatchObject({ outcome: "restart" });
  });
});
