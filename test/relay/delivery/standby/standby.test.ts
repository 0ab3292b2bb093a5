import { describe, expect, it } from "vitest";
import { toDigest } from "../../../../relay/handover/annotations.ts";
import type { NamespaceState } from "../../../../relay/detect/change.ts";
import { configMap } from "../../../support/relay/change.ts";
import {
  began,
  changed,
  ended,
  listed,
  openTestJournal,
  read,
} from "../../../support/relay/relay-delivery.ts";
import { WATCH } from "../../../support/relay/relay.ts";
import { temporaryFolder } from "../../../support/host/temporary-folder.ts";
import { openStandbyJournal, standBy } from "./stand-by.ts";

describe("a standby", () => {
  it("journals what the leader's checkpoint covers, keeps the changes above it, and publishes them when it takes over", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    await relay.read(began(), listed("a", "5"), listed("b", "12"), ended("13"));
    await relay.read(changed("MODIFIED", "a", "14"));
    expect(relay.rows("a", "b")).toEqual(["delivered@5", "attempted@12"]);
    expect(relay.waiting()).toEqual(["added b@12 gap", "modified a@14"]);
    relay.lease.setCheckpoint("13");
    await relay.look();
    expect(relay.rows("a", "b")).toEqual(["delivered@5", "delivered@12"]);
    expect(relay.waiting()).toEqual(["modified a@14"]);
    expect(journal.checkpoint(WATCH)?.resourceVersion).toBe("13");
    expect(await relay.takeOver()).toEqual({ outcome: "promote", sent: ["modified a@14"] });
    expect(journal.checkpoint(WATCH)?.resourceVersion).toBe("14");
  });

  it("accepts at once what the checkpoint covers already, so that a large cluster does not fill its buffer", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("100");
    await relay.read(began(), ...["1", "2", "3"].map((version) => listed(`o${version}`, version)));
    expect(relay.buffer.size().objects).toBe(0);
    await relay.read(ended("90"), changed("DELETED", "o1", "95"));
    expect(relay.rows("o1", "o2")).toEqual(["tombstone@95", "delivered@2"]);
  });

  it("reports the deletion of an object that the dead leader may have sent and nobody else has seen", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    await relay.read(
      began(),
      ended("10"),
      changed("ADDED", "a", "11"),
      changed("DELETED", "a", "12"),
    );
    expect((await relay.takeOver()).sent).toEqual(["deleted a@12"]);
  });

  it("reports it also if it was killed in between and must compare", async () => {
    using folder = temporaryFolder();
    const before = openTestJournal(folder.path);
    const killed = standBy(before);
    killed.lease.setCheckpoint("10");
    await killed.read(began(), ended("10"), changed("ADDED", "a", "11"));
    before.close();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    await relay.read(began(), ended("20"));
    expect(await relay.takeOver()).toMatchObject({ outcome: "restart" });
    const again = standBy(journal);
    again.lease.lead();
    await again.read(began(), ended("21"));
    expect(again.accept()).toEqual(["deleted a@21 gap"]);
  });

  it("does not begin a watch if neither journal nor Lease has a checkpoint of it", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal);
    expect(relay.ledger.mayBegin()).toBe(false);
    relay.lease.setCheckpoint("10", { selection: "another" });
    expect(relay.ledger.mayBegin()).toBe(false);
    relay.lease.setCheckpoint("10");
    expect(relay.ledger.mayBegin()).toBe(true);
  });

  it("sends no initial objects that the leader has sent", async () => {
    const initial = [{ key: "rule r 1", ruleId: "r" }];
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal, { initial });
    relay.lease.setCheckpoint("10", { initial: [toDigest("rule r 1")] });
    await relay.read(began(), listed("a", "5"), ended("10"));
    expect(await relay.takeOver()).toEqual({ outcome: "promote", sent: [] });
    expect(journal.initialRules(WATCH)).toEqual(["rule r 1"]);
  });

  it("restarts when it takes over if a rule has not received the initial objects", async () => {
    const initial = [{ key: "rule r 1", ruleId: "r" }];
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal, { initial });
    relay.lease.setCheckpoint("10");
    await relay.read(began(), listed("a", "5"), ended("10"));
    expect(await relay.takeOver()).toMatchObject({ outcome: "restart" });
    const again = standBy(journal, { initial });
    again.lease.lead();
    expect(again.ledger.start()).toMatchObject({ type: "snapshot", cause: "initial" });
  });

  it("keeps the changes of a namespace until the leader has processed that namespace", async () => {
    using folder = temporaryFolder();
    using journal = openStandbyJournal(folder.path);
    const relay = standBy(journal, { byNamespace: true });
    relay.lease.setCheckpoint("50", { namespaces: "20" });
    relay.ledger.namespacesPassed("20");
    await relay.read(began(), ended("40"));
    const namespaceState: NamespaceState = { uid: "n", resourceVersion: "30", labels: {} };
    for (const change of relay.detector.entered(read(configMap("a", "5")))) {
      await relay.offer({ ...change, namespaceState });
    }
    expect(relay.waiting()).toEqual(["added a@5"]);
    relay.lease.setCheckpoint("50", { namespaces: "30" });
    await relay.look();
    expect(relay.waiting()).toEqual([]);
  });
});
