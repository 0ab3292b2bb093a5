import { describe, expect, it } from "vitest";
import { configMap } from "../../support/relay/change.ts";
import {
  began,
  changed,
  createDeliveredJournal,
  createDeliveryScene,
  ended,
  listed,
  read,
} from "../../support/relay/relay-delivery.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

describe("a snapshot after a restart", () => {
  it("finds what was added, modified and deleted meanwhile, and marks it as a gap", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    await relay.read(began(), listed("d", "21"), listed("b", "20"), listed("a", "5"), ended("30"));
    expect(relay.accept()).toEqual(["added d@21 gap", "modified b@20 gap", "deleted c@30 gap"]);
    expect(relay.accept()).toEqual([]);
    journal.close();
  });

  it("reports the deletion before the re-creation of a name", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    await relay.read(
      began(),
      listed("a", "25", "uid-new"),
      listed("b", "6"),
      listed("c", "7"),
      ended("30"),
    );
    expect(relay.accept()).toEqual(["deleted a@25 gap", "added a (uid-new)@25 gap"]);
    journal.close();
  });

  it("reports no deletion before the re-creation of a name whose first object was never sent", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    await relay.read(began(), listed("a", "5"), listed("b", "6"), listed("c", "7"), ended("10"));
    await relay.read(changed("ADDED", "d", "11"), began());
    await relay.read(
      listed("d", "25", "uid-new"),
      listed("a", "5"),
      listed("b", "6"),
      listed("c", "7"),
      ended("30"),
    );
    expect(relay.accept()).toEqual(["added d (uid-new)@25 gap"]);
    journal.close();
  });

  it("carries only the identity of a deleted object", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    relay.detector.changes(began()).next();
    const [first] = Array.from(relay.detector.changes(ended("30")));
    expect(first?.object).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "default", uid: "uid-a" },
    });
    journal.close();
  });

  it("deletes nothing if it breaks off", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    await relay.read(
      began(),
      listed("a", "5"),
      began(),
      listed("b", "6"),
      listed("a", "5"),
      listed("c", "7"),
      ended("30"),
    );
    expect(relay.accept()).toEqual([]);
    journal.close();
  });
});

describe("a snapshot with an older state than the delivered one", () => {
  it("means that etcd was restored from a backup: that state is reported", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    await relay.read(began(), listed("a", "5"), listed("b", "3"), listed("c", "7"));
    expect(relay.detector.foundRollback()).toBe(true);
    await relay.read(ended("400"));
    expect(relay.accept()).toEqual(["modified b@3 gap"]);
    expect(relay.detector.foundRollback()).toBe(false);
    const next = createDeliveryScene(journal);
    await next.read(began(), listed("a", "5"), listed("b", "3"), listed("c", "7"), ended("401"));
    expect(next.accept()).toEqual([]);
    journal.close();
  });

  it("means nothing if the server catches up before the snapshot ends", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    await relay.read(
      began(),
      listed("a", "5"),
      listed("b", "3"),
      listed("c", "7"),
      listed("b", "6"),
    );
    expect(relay.detector.foundRollback()).toBe(false);
    await relay.read(ended("400"));
    expect(relay.accept()).toEqual([]);
    journal.close();
  });

  it("brings back an object whose deletion was rolled back", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const first = createDeliveryScene(journal);
    await first.read(changed("DELETED", "a", "14"));
    expect(first.accept()).toEqual(["deleted a@14"]);
    const second = createDeliveryScene(journal);
    await second.read(began(), listed("a", "5"), listed("b", "6"), listed("c", "7"), ended("400"));
    expect(second.accept()).toContain("added a@5 gap");
    journal.close();
  });
});

describe("an object that took the name of one whose deletion was confirmed", () => {
  it("is reported, although that deletion has a later resourceVersion", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    const [deleted] = [...relay.detector.changes(changed("DELETED", "a", "14"))];
    if (deleted === undefined) throw new Error("no deletion");
    // The stream is at 14, the cluster was at 40 when it was asked.
    await relay.offer({ ...deleted, resourceVersion: "40", seenVersion: "14" });
    expect(relay.accept()).toEqual(["deleted a@40"]);
    await relay.read({
      type: "changed",
      event: "ADDED",
      ...read(configMap("a", "20", { uid: "u2" })),
    });
    expect(relay.accept()).toEqual(["added a (u2)@20"]);
    const later = createDeliveryScene(journal);
    await later.read(
      began(),
      listed("a", "21", "u2"),
      listed("b", "6"),
      listed("c", "7"),
      ended("41"),
    );
    expect(later.accept()).toEqual(["modified a (u2)@21 gap"]);
    journal.close();
  });
});
