import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { readObject } from "../../../core/changes/read-object.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { WatchLedger } from "../../../relay/delivery/watch-ledger.ts";
import { UncheckpointedAdds } from "../../../relay/handover/uncheckpointed-adds.ts";
import type { TrackedWatch } from "../../../relay/plan/tracked-watch.ts";
import type { WatchStep } from "../../../relay/reflector/step.ts";
import { CONFIG_MAPS, configMap } from "../../support/change.ts";
import { findRow } from "../../support/journal-row.ts";
import { ALONE, createTestBuffer, summarizeChange, WATCH } from "../../support/relay.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const TEN = { entries: 10, bytes: 1_000_000 };

const read = (object: KubernetesObject) => {
  const result = readObject(object, CONFIG_MAPS);
  if (!result.ok) throw new Error(result.error);
  return { read: result.value, readAtMs: 0 };
};
const identity = (name: string) => ({ namespace: "default", name, uid: `uid-${name}` });
const listed = (name: string, version: string, uid?: string): WatchStep => ({
  type: "listed",
  ...read(configMap(name, version, uid === undefined ? {} : { uid })),
});
const changed = (
  event: "ADDED" | "MODIFIED" | "DELETED",
  name: string,
  version: string,
): WatchStep => ({
  type: "changed",
  event,
  ...read(configMap(name, version)),
});
const began = (replace = false): WatchStep => ({
  type: "snapshotStarted",
  cause: "start",
  replace,
  mode: "watchList",
});
const ended = (resourceVersion: string): WatchStep => ({
  type: "snapshotEnded",
  resourceVersion,
  readAtMs: 0,
});

/** A relay's life on a state folder: one ledger, a buffer, and a queue that takes everything when it is told to. */
function live(journal: Journal, watch: Partial<TrackedWatch> = {}) {
  const buffer = createTestBuffer();
  const ledger = new WatchLedger({
    uncheckpointedAdds: new UncheckpointedAdds(),
    journal,
    buffer,
    watch: { key: WATCH, resource: CONFIG_MAPS, selection: "s", initial: [], ...watch },
    leadership: ALONE,
    moved: () => undefined,
  });
  const told: string[] = [];
  return {
    ledger,
    buffer,
    told,
    read(...steps: readonly WatchStep[]) {
      for (const step of steps) {
        for (const change of ledger.changes(step)) {
          const offered = buffer.offer(change);
          if (offered.outcome === "queued") ledger.opened(offered.ticket);
          if (offered.outcome === "annulled") ledger.annulled(offered.ticket);
        }
        ledger.passed(step);
      }
    },
    /** Puts changes in flight; no answer comes. */
    send(count: number) {
      for (const ticket of buffer.take({ ...TEN, entries: count })) ledger.sending(ticket);
      journal.commit();
    },
    /** The queue accepts everything that waits. */
    accept() {
      for (let batch = buffer.take(TEN); batch.length > 0; batch = buffer.take(TEN)) {
        for (const ticket of batch) {
          ledger.sending(ticket);
          buffer.settle(ticket);
          told.push(summarizeChange(ticket.entry));
          ledger.accepted(ticket);
        }
      }
      journal.commit();
      return told.splice(0);
    },
  };
}

const open = (stateDir: string): Journal => openJournal({ stateDir, clusterUid: "cluster" });

/** A journal that has delivered a@5, b@6 and c@7, with the checkpoint at 10. */
function withDelivered(stateDir: string): Journal {
  const journal = open(stateDir);
  const relay = live(journal);
  relay.read(began(), listed("a", "5"), listed("b", "6"), listed("c", "7"), ended("10"));
  return journal;
}

describe("a first start", () => {
  it("journals the objects and sends none, and then sends their changes", () => {
    using folder = temporaryFolder();
    const journal = open(folder.path);
    const relay = live(journal);
    expect(relay.ledger.start()).toMatchObject({ type: "snapshot", cause: "start" });
    relay.read(
      began(),
      listed("a", "5"),
      ended("10"),
      changed("MODIFIED", "a", "11"),
      changed("ADDED", "b", "12"),
    );
    expect(relay.accept()).toEqual(["modified a@11", "added b@12"]);
    expect(journal.checkpoint(WATCH)?.resourceVersion).toBe("12");
    journal.close();
  });

  it("sends them for the rules that asked for them, and for an entry without rules", () => {
    for (const [initial, told] of [
      [[{ key: "rule r 1", ruleId: "r" }], "added a@5 initial(r)"],
      [[{ key: "watch", ruleId: undefined }], "added a@5 initial()"],
    ] as const) {
      using folder = temporaryFolder();
      const journal = open(folder.path);
      const relay = live(journal, { initial });
      relay.read(began(), listed("a", "5"), ended("10"));
      expect(relay.accept()).toEqual([told]);
      expect(journal.initialRules(WATCH)).toEqual([initial[0].key]);
      journal.close();
    }
  });

  it("is a first start again where it was killed before its objects were accepted", () => {
    using folder = temporaryFolder();
    const journal = open(folder.path);
    const initial = [{ key: "rule r 1", ruleId: "r" }];
    const killed = live(journal, { initial });
    killed.read(began(), listed("a", "5"), ended("10"));
    const again = live(journal, { initial });
    expect(again.ledger.start()).toMatchObject({ type: "snapshot", cause: "start" });
    again.read(began(), listed("a", "6"), ended("11"));
    expect(again.accept()).toEqual(["added a@6 initial(r)"]);
    journal.close();
  });
});

describe("a rule whose start is new", () => {
  const initial = [{ key: "rule r 2", ruleId: "r" }];

  it("gets the objects that are there already, beside the changes that all rules get", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal, { initial });
    expect(relay.ledger.start()).toMatchObject({ type: "snapshot", cause: "initial" });
    relay.read(began(), listed("a", "5"), listed("b", "11"), listed("d", "12"), ended("12"));
    expect(relay.accept()).toEqual([
      "added a@5 initial(r)",
      "modified b@11 gap",
      "added d@12 gap",
      "deleted c@12 gap",
    ]);
    expect(live(journal, { initial }).ledger.start()).toEqual({ type: "resume", position: "12" });
    journal.close();
  });

  it("does not make its objects unknown: a deletion is told though its start was not sent yet", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal, { initial });
    relay.read(
      began(),
      listed("a", "5"),
      listed("b", "6"),
      listed("c", "7"),
      ended("12"),
      changed("DELETED", "a", "13"),
    );
    expect(relay.accept()).toContain("deleted a@13");
    journal.close();
  });
});

describe("a snapshot after a restart", () => {
  it("finds what was added, modified and deleted meanwhile, and says that there is a gap", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    relay.read(began(), listed("d", "21"), listed("b", "20"), listed("a", "5"), ended("30"));
    expect(relay.accept()).toEqual(["added d@21 gap", "modified b@20 gap", "deleted c@30 gap"]);
    expect(relay.accept()).toEqual([]);
    journal.close();
  });

  it("tells the deletion before the re-creation of a name", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    relay.read(
      began(),
      listed("a", "25", "uid-new"),
      listed("b", "6"),
      listed("c", "7"),
      ended("30"),
    );
    expect(relay.accept()).toEqual(["deleted a@25 gap", "added a (uid-new)@25 gap"]);
    journal.close();
  });

  it("tells the deletion before the re-creation of a name that is itself still on its way", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    relay.read(began(), listed("a", "5"), listed("b", "6"), listed("c", "7"), ended("10"));
    relay.read(changed("ADDED", "d", "11"), began());
    relay.read(
      listed("d", "25", "uid-new"),
      listed("a", "5"),
      listed("b", "6"),
      listed("c", "7"),
      ended("30"),
    );
    expect(relay.accept()).toEqual(["added d (uid-new)@25 gap"]);
    journal.close();
  });

  it("carries only the identity of what is gone", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    relay.ledger.changes(began()).next();
    const [first] = Array.from(relay.ledger.changes(ended("30")));
    expect(first?.object).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "default", uid: "uid-a" },
    });
    journal.close();
  });

  it("that breaks off deletes nothing", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    relay.read(
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

describe("a replay", () => {
  it("brings nothing that was delivered, and no object back that is gone", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    expect(relay.ledger.start()).toEqual({ type: "resume", position: "10" });
    relay.read(
      changed("MODIFIED", "a", "12"),
      changed("DELETED", "a", "14"),
      changed("MODIFIED", "b", "15"),
    );
    expect(relay.accept()).toEqual(["deleted a@14", "modified b@15"]);
    // The checkpoint has passed the tombstone by now: put it back to where a slower commit would have left it.
    journal.stageRow(WATCH, {
      uid: "uid-a",
      resourceVersion: "14",
      namespace: "default",
      name: "a",
      generation: null,
      standing: "tombstone",
    });
    relay.read(
      changed("MODIFIED", "a", "12"),
      changed("DELETED", "a", "14"),
      changed("MODIFIED", "b", "15"),
      changed("MODIFIED", "b", "16"),
    );
    expect(relay.accept()).toEqual(["modified b@16"]);
    journal.close();
  });

  it("comes from below what was not accepted, however much after it was", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const buffer = createTestBuffer();
    const watch = { key: WATCH, resource: CONFIG_MAPS, selection: "s", initial: [] };
    const ledger = new WatchLedger({
      uncheckpointedAdds: new UncheckpointedAdds(),
      journal,
      buffer,
      watch,
      leadership: ALONE,
      moved: () => undefined,
    });
    for (const step of [
      changed("MODIFIED", "a", "11"),
      changed("MODIFIED", "b", "12"),
      changed("MODIFIED", "c", "13"),
    ]) {
      for (const change of ledger.changes(step)) {
        const offered = buffer.offer(change);
        if (offered.outcome === "queued") ledger.opened(offered.ticket);
      }
      ledger.passed(step);
    }
    const [a, b, c] = buffer.take(TEN);
    const accept = (ticket: typeof a): string | undefined => {
      if (ticket === undefined) throw new Error("nothing was taken");
      buffer.settle(ticket);
      ledger.accepted(ticket);
      return journal.checkpoint(WATCH)?.resourceVersion;
    };
    expect(accept(b)).toBe("10");
    expect(accept(c)).toBe("10");
    expect(accept(a)).toBe("13");
    journal.close();
  });
});

it("journals nothing that the queue has not accepted", () => {
  using folder = temporaryFolder();
  const journal = withDelivered(folder.path);
  const relay = live(journal);
  relay.read(changed("MODIFIED", "a", "11"), changed("DELETED", "b", "12"));
  relay.ledger.save();
  using copy = temporaryFolder();
  // As kill -9 leaves it.
  cpSync(folder.path, join(copy.path, "state"), { recursive: true });
  const after = open(join(copy.path, "state"));
  expect(after.checkpoint(WATCH)?.resourceVersion).toBe("10");
  expect(findRow(after, WATCH, identity("a"))?.resourceVersion).toBe("5");
  expect(findRow(after, WATCH, identity("b"))?.standing).toBe("delivered");
  after.close();
  journal.close();
});

it("does not bring back an object that was gone before it was sent, and whose name has another owner by now", () => {
  using folder = temporaryFolder();
  const journal = withDelivered(folder.path);
  // The checkpoint is at 10; of the name n, the second object was delivered, and something before it was not.
  const second = { uid: "uid-second", resourceVersion: "13", namespace: "default", name: "n" };
  journal.stageRow(WATCH, { ...second, generation: null, standing: "delivered" });
  const relay = live(journal);
  relay.read(changed("ADDED", "n", "11"), changed("MODIFIED", "a", "14"));
  expect(relay.accept()).toEqual(["modified a@14"]);
  journal.close();
});

it("owes the deletion of what it had sent when it was killed, before the queue had answered", () => {
  using folder = temporaryFolder();
  const journal = withDelivered(folder.path);
  const relay = live(journal);
  relay.read(changed("ADDED", "new", "11"), changed("ADDED", "unsent", "12"));
  relay.send(1);
  using copy = temporaryFolder();
  cpSync(folder.path, join(copy.path, "state"), { recursive: true });
  const after = open(join(copy.path, "state"));
  const again = live(after);
  again.read(changed("ADDED", "new", "11"), changed("ADDED", "unsent", "12"));
  again.read(changed("DELETED", "new", "13"), changed("DELETED", "unsent", "14"));
  expect(again.accept()).toEqual(["deleted new@13"]);
  after.close();
  journal.close();
});

describe("a history that went back", () => {
  it("sends all objects again, and forgets the position until it is done", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    relay.read(began(true));
    expect(live(journal).ledger.start()).toMatchObject({ type: "snapshot", replace: true });
    relay.read(listed("a", "3"), listed("b", "6"), ended("8"));
    expect(relay.accept()).toEqual(["modified a@3 gap", "modified b@6 gap", "deleted c@8 gap"]);
    relay.read(changed("MODIFIED", "a", "9"));
    expect(relay.accept()).toEqual(["modified a@9"]);
    expect(live(journal).ledger.start()).toEqual({ type: "resume", position: "9" });
    journal.close();
  });

  it("takes no place of before for progress, though what was in flight is accepted later", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    relay.read(changed("MODIFIED", "a", "11"), changed("MODIFIED", "b", "12"));
    relay.read(began(true));
    expect(relay.accept()).toEqual(["modified a@11", "modified b@12"]);
    expect(journal.checkpoint(WATCH)?.resourceVersion).toBe("");
    expect(live(journal).ledger.start()).toMatchObject({ type: "snapshot", replace: true });
    journal.close();
  });
});

it("takes no checkpoint of another selection for its own", () => {
  using folder = temporaryFolder();
  const journal = withDelivered(folder.path);
  expect(live(journal, { selection: "another" }).ledger.start()).toMatchObject({
    type: "snapshot",
  });
  journal.close();
});

describe("Kubernetes Events", () => {
  const resource: ResourceType = { ...CONFIG_MAPS, resource: "events", kind: "Event" };

  it("are sent without a journal, and their expiry is no news", () => {
    using folder = temporaryFolder();
    const journal = open(folder.path);
    const relay = live(journal, { resource });
    relay.read(began(), listed("old", "5"), ended("10"), changed("ADDED", "e", "11"));
    expect(relay.accept()).toEqual(["added e@11"]);
    relay.read(changed("MODIFIED", "e", "12"), changed("DELETED", "e", "13"));
    expect(relay.accept()).toEqual(["modified e@12"]);
    expect(findRow(journal, WATCH, identity("e"))).toBeUndefined();
    journal.close();
  });

  it("that came while the relay was away are found by the checkpoint, and none is deleted", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal, { resource });
    relay.read(began(), listed("old", "9"), listed("new", "11"), ended("20"));
    expect(relay.accept()).toEqual(["added new@11 gap"]);
    journal.close();
  });
});

it("tells of our own records only what has a new generation, and their end", () => {
  using folder = temporaryFolder();
  const journal = open(folder.path);
  const resource: ResourceType = {
    group: "kubemend.dev",
    version: "v1alpha1",
    resource: "remediations",
    kind: "Remediation",
    namespaced: true,
  };
  const relay = live(journal, { resource });
  const record = (
    event: "ADDED" | "MODIFIED" | "DELETED",
    version: string,
    generation: number,
  ): WatchStep => {
    const object = configMap("r", version);
    return {
      type: "changed",
      event,
      ...read({ ...object, metadata: { ...object.metadata, generation } }),
    };
  };
  relay.read(began(), ended("10"), record("ADDED", "11", 1));
  expect(relay.accept()).toEqual(["added r@11"]);
  relay.read(record("MODIFIED", "12", 1));
  expect(relay.accept()).toEqual([]);
  relay.read(record("MODIFIED", "13", 2));
  expect(relay.accept()).toEqual(["modified r@13"]);
  relay.read(record("DELETED", "14", 2));
  expect(relay.accept()).toEqual(["deleted r@14"]);
  journal.close();
});

describe("a resource whose versions do not count", () => {
  it("is compared at each start, and a smaller version is news", () => {
    using folder = temporaryFolder();
    const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
    const initial = [{ key: "watch", ruleId: undefined }];
    const first = live(journal, { unordered: true, initial });
    first.read(began(), listed("a", "100"), listed("b", "90"), ended("7"));
    first.accept();
    const second = live(journal, { unordered: true, initial });
    expect(second.ledger.start()).toMatchObject({ type: "snapshot" });
    second.read(began(), listed("a", "3"), ended("8"));
    expect(second.accept().toSorted()).toEqual(["deleted b@8 gap", "modified a@3 gap"]);
    second.read(changed("MODIFIED", "a", "2"));
    expect(second.accept()).toEqual(["modified a@2"]);
    journal.close();
  });
});

describe("a snapshot with an older state than was delivered", () => {
  it("means that etcd was put back: that state is told", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    relay.read(began(), listed("a", "5"), listed("b", "3"), listed("c", "7"));
    expect(relay.ledger.foundRollback()).toBe(true);
    relay.read(ended("400"));
    expect(relay.accept()).toEqual(["modified b@3 gap"]);
    expect(relay.ledger.foundRollback()).toBe(false);
    const next = live(journal);
    next.read(began(), listed("a", "5"), listed("b", "3"), listed("c", "7"), ended("401"));
    expect(next.accept()).toEqual([]);
    journal.close();
  });

  it("means nothing where the server only catches up before the snapshot ends", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    relay.read(began(), listed("a", "5"), listed("b", "3"), listed("c", "7"), listed("b", "6"));
    expect(relay.ledger.foundRollback()).toBe(false);
    relay.read(ended("400"));
    expect(relay.accept()).toEqual([]);
    journal.close();
  });

  it("brings an object back whose deletion was never to be", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const first = live(journal);
    first.read(changed("DELETED", "a", "14"));
    expect(first.accept()).toEqual(["deleted a@14"]);
    const second = live(journal);
    second.read(began(), listed("a", "5"), listed("b", "6"), listed("c", "7"), ended("400"));
    expect(second.accept()).toContain("added a@5 gap");
    journal.close();
  });
});

describe("an object that took the name of one whose deletion was confirmed", () => {
  it("is told, though that deletion stands at a later resourceVersion", () => {
    using folder = temporaryFolder();
    const journal = withDelivered(folder.path);
    const relay = live(journal);
    const [deleted] = [...relay.ledger.changes(changed("DELETED", "a", "14"))];
    if (deleted === undefined) throw new Error("no deletion");
    // The stream is at 14, the cluster at 40, where it was asked.
    const offered = relay.buffer.offer({ ...deleted, resourceVersion: "40", seenVersion: "14" });
    if (offered.outcome === "queued") relay.ledger.opened(offered.ticket);
    expect(relay.accept()).toEqual(["deleted a@40"]);
    relay.read({ type: "changed", event: "ADDED", ...read(configMap("a", "20", { uid: "u2" })) });
    expect(relay.accept()).toEqual(["added a (u2)@20"]);
    const later = live(journal);
    later.read(began(), listed("a", "21", "u2"), listed("b", "6"), listed("c", "7"), ended("41"));
    expect(later.accept()).toEqual(["modified a (u2)@21 gap"]);
    journal.close();
  });
});
