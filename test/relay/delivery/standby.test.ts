import { describe, expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { readObject } from "../../../core/changes/read-object.ts";
import { WatchLedger } from "../../../relay/delivery/watch-ledger.ts";
import { UncheckpointedAdds } from "../../../relay/handover/uncheckpointed-adds.ts";
import { createNotifier } from "../../../relay/runtime/notifier.ts";
import type { Leadership, Term } from "../../../relay/handover/leadership.ts";
import { toDigest, type LeaseCheckpoint } from "../../../relay/handover/annotations.ts";
import { createShadow } from "../../../relay/delivery/standby.ts";
import type { TrackedWatch } from "../../../relay/plan/tracked-watch.ts";
import type { NamespaceState } from "../../../relay/namespaces/directory.ts";
import type { WatchStep } from "../../../relay/reflector/step.ts";
import { CONFIG_MAPS, configMap } from "../../support/change.ts";
import { findRow } from "../../support/journal-row.ts";
import { createTestBuffer, summarizeChange, WATCH } from "../../support/relay.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const TEN = { entries: 10, bytes: 1_000_000 };
const read = (name: string, version: string) => {
  const result = readObject(configMap(name, version), CONFIG_MAPS);
  if (!result.ok) throw new Error(result.error);
  return { read: result.value, readAtMs: 0 };
};
const listed = (name: string, version: string): WatchStep => ({
  type: "listed",
  ...read(name, version),
});
const changed = (
  event: "ADDED" | "MODIFIED" | "DELETED",
  name: string,
  version: string,
): WatchStep => ({ type: "changed", event, ...read(name, version) });
const began = (cause: "start" | "rollback" = "start"): WatchStep => ({
  type: "snapshotStarted",
  cause,
  replace: cause === "rollback",
  mode: "watchList",
});
const ended = (resourceVersion: string): WatchStep => ({
  type: "snapshotEnded",
  resourceVersion,
  readAtMs: 0,
});

/** What the active relay says, and whether it is this one, as a test wants it. */
function createLeadership() {
  const news = createNotifier();
  const never = new AbortController().signal;
  const leads: Term = { ended: never, expired: never, takeRollback: () => false };
  let term: Term | undefined;
  let checkpoint: LeaseCheckpoint | undefined;
  const leadership: Leadership = {
    isShared: true,
    term: () => term,
    maySend: () => term !== undefined,
    checkpoint: () => checkpoint,
    former: () => checkpoint,
    news,
    raiseEpoch: async () => undefined,
    publish: () => undefined,
    hurry: () => undefined,
  };
  return {
    leadership,
    say(resourceVersion: string, fields: Partial<LeaseCheckpoint> = {}) {
      const selection = toDigest("s");
      checkpoint = {
        resourceVersion,
        selection,
        initial: [],
        history: 0,
        namespaces: "",
        sent: [],
        ...fields,
      };
    },
    lead() {
      term = leads;
    },
  };
}

/** A relay that stands by, on a state folder; nothing of it is sent until it is told to lead. */
function standBy(journal: Journal, watch: Partial<TrackedWatch> = {}) {
  const buffer = createTestBuffer();
  const active = createLeadership();
  const { leadership } = active;
  const ledger = new WatchLedger({
    uncheckpointedAdds: new UncheckpointedAdds(),
    journal,
    buffer,
    leadership,
    watch: { key: WATCH, resource: CONFIG_MAPS, selection: "s", initial: [], ...watch },
    moved: () => undefined,
  });
  const ledgers = new Map([[WATCH, ledger]]);
  const shadow = createShadow({ leadership, journal, buffer, ledgers, freed: () => undefined });
  return {
    active,
    ledger,
    buffer,
    read(...steps: readonly WatchStep[]) {
      for (const step of steps) {
        if (step.type === "snapshotStarted" && step.cause === "start") ledger.start();
        for (const change of ledger.changes(step)) this.offer(change);
        ledger.passed(step);
      }
    },
    offer(change: Parameters<typeof buffer.offer>[0]) {
      const offered = buffer.offer(change);
      if (offered.outcome === "annulled") ledger.annulled(offered.ticket);
      if (offered.outcome !== "queued") return;
      ledger.opened(offered.ticket);
      offered.ticket.attempted = leadership.isShared;
      if (leadership.term() === undefined) shadow.queued(offered.ticket);
    },
    /** The Lease was read. */
    async look() {
      const over = new AbortController();
      const outcome = shadow.run(over.signal);
      over.abort();
      return outcome;
    },
    shadow: () => buffer.tickets().map(({ entry }) => summarizeChange(entry)),
    rows: (...names: readonly string[]) =>
      names.map((name) => {
        const row = findRow(journal, WATCH, { namespace: "default", name, uid: `uid-${name}` });
        return row === undefined ? "unknown" : `${row.standing}@${row.resourceVersion}`;
      }),
    /** Publishes all that waits. */
    send() {
      const told: string[] = [];
      for (let batch = buffer.take(TEN); batch.length > 0; batch = buffer.take(TEN)) {
        for (const ticket of batch) {
          buffer.settle(ticket);
          told.push(summarizeChange(ticket.entry));
          ledger.accepted(ticket);
        }
      }
      return told;
    },
    /** It takes over: what it publishes of what it has read. */
    async takeOver() {
      active.lead();
      const outcome = await shadow.run(new AbortController().signal);
      return { outcome, told: outcome === "anew" ? [] : this.send() };
    },
  };
}

const open = (stateDir: string): Journal => openJournal({ stateDir, clusterUid: "cluster" });

describe("a relay that stands by", () => {
  it("journals what the checkpoint says is accepted, keeps what lies above, and publishes that when it takes over", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    relay.active.say("10");
    relay.read(began(), listed("a", "5"), listed("b", "12"), ended("13"));
    relay.read(changed("MODIFIED", "a", "14"));
    expect(relay.rows("a", "b")).toEqual(["delivered@5", "attempted@12"]);
    expect(relay.shadow()).toEqual(["added b@12 gap", "modified a@14"]);
    relay.active.say("13");
    await relay.look();
    expect(relay.rows("a", "b")).toEqual(["delivered@5", "delivered@12"]);
    expect(relay.shadow()).toEqual(["modified a@14"]);
    expect(journal.checkpoint(WATCH)?.resourceVersion).toBe("13");
    expect(await relay.takeOver()).toEqual({ outcome: "goes on", told: ["modified a@14"] });
    expect(journal.checkpoint(WATCH)?.resourceVersion).toBe("14");
  });

  it("takes what it reads late for accepted at once, so that a large cluster is no burden", () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    relay.active.say("100");
    relay.read(began(), ...["1", "2", "3"].map((version) => listed(`o${version}`, version)));
    expect(relay.buffer.size().objects).toBe(0);
    relay.read(ended("90"), changed("DELETED", "o1", "95"));
    expect(relay.rows("o1", "o2")).toEqual(["tombstone@95", "delivered@2"]);
  });

  it("owes the deletion of what the dead one may have sent, and nobody else has seen", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    relay.active.say("10");
    relay.read(began(), ended("10"), changed("ADDED", "a", "11"), changed("DELETED", "a", "12"));
    expect((await relay.takeOver()).told).toEqual(["deleted a@12"]);
  });

  it("owes it also where it was killed in between, and must compare", async () => {
    using folder = temporaryFolder();
    const before = open(folder.path);
    const killed = standBy(before);
    killed.active.say("10");
    killed.read(began(), ended("10"), changed("ADDED", "a", "11"));
    before.close();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    relay.active.say("10");
    relay.read(began(), ended("20"));
    expect(await relay.takeOver()).toMatchObject({ outcome: "anew" });
    const again = standBy(journal);
    again.active.lead();
    again.read(began(), ended("21"));
    expect(again.send()).toEqual(["deleted a@21 gap"]);
  });

  it("begins nothing of which nobody tells where it begins", () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    expect(relay.ledger.mayBegin()).toBe(false);
    relay.active.say("10", { selection: "another" });
    expect(relay.ledger.mayBegin()).toBe(false);
    relay.active.say("10");
    expect(relay.ledger.mayBegin()).toBe(true);
  });

  it("sends no objects of the start that another has sent", async () => {
    const initial = [{ key: "rule r 1", ruleId: "r" }];
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal, { initial });
    relay.active.say("10", { initial: [toDigest("rule r 1")] });
    relay.read(began(), listed("a", "5"), ended("10"));
    expect(await relay.takeOver()).toEqual({ outcome: "goes on", told: [] });
    expect(journal.initialRules(WATCH)).toEqual(["rule r 1"]);
  });

  it("begins anew when it takes over, where a rule has not had the objects of the start", async () => {
    const initial = [{ key: "rule r 1", ruleId: "r" }];
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal, { initial });
    relay.active.say("10");
    relay.read(began(), listed("a", "5"), ended("10"));
    expect(await relay.takeOver()).toMatchObject({ outcome: "anew" });
    const again = standBy(journal, { initial });
    again.active.lead();
    expect(again.ledger.start()).toMatchObject({ type: "snapshot", cause: "initial" });
  });

  it("keeps what a namespace brought until the active one has dealt with that namespace", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal, { byNamespace: true });
    relay.active.say("50", { namespaces: "20" });
    relay.ledger.namespacesPassed("20");
    relay.read(began(), ended("40"));
    const namespaceState: NamespaceState = { uid: "n", resourceVersion: "30", labels: {} };
    for (const change of relay.ledger.entered(read("a", "5"))) {
      relay.offer({ ...change, namespaceState });
    }
    expect(relay.shadow()).toEqual(["added a@5"]);
    relay.active.say("50", { namespaces: "30" });
    await relay.look();
    expect(relay.shadow()).toEqual([]);
  });
});

describe("what came and went before its own stream began", () => {
  const sent = [{ namespace: "default", name: "x", uid: "uid-x", resourceVersion: "11" }];
  /** Began at 20, when the active one had come to 10 and had sent more. */
  const late = async (journal: Journal) => {
    const relay = standBy(journal);
    relay.active.say("10", { sent });
    relay.read(began(), listed("a", "5"), ended("20"));
    return relay.takeOver();
  };

  it("is asked for when it takes over, and its deletion is sent", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    expect(await late(journal)).toMatchObject({ outcome: "anew" });
    const relay = standBy(journal);
    relay.active.say("10", { sent });
    relay.active.lead();
    relay.ledger.prepareToLead(false);
    expect(relay.ledger.start()).toEqual({ type: "snapshot", cause: "start", replace: false });
    expect(relay.ledger.formerToAsk()).toMatchObject({ resourceVersion: "10", sent });
    for (const one of [...sent, { ...read("y", "9").read }, { ...read("a", "5").read }]) {
      relay.ledger.adopt(one);
    }
    relay.ledger.formerAsked();
    expect(relay.ledger.formerToAsk()).toBeUndefined();
    relay.read(began(), listed("a", "5"), ended("25"));
    expect(relay.send()).toEqual(["deleted x@25 gap", "deleted y@25 gap"]);
  });

  it("is owed by whoever comes next, until it is sent, and by nobody afterwards", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    await late(journal);
    const relay = standBy(journal);
    relay.active.say("10", { sent });
    relay.active.lead();
    relay.ledger.start();
    expect(relay.ledger.toLeaseCheckpoint()).toMatchObject({ resourceVersion: "10", sent });
    for (const one of sent) relay.ledger.adopt(one);
    relay.ledger.formerAsked();
    relay.read(began(), listed("a", "5"), ended("25"));
    expect(relay.ledger.toLeaseCheckpoint()).toMatchObject({ resourceVersion: "10", sent });
    relay.send();
    expect(relay.ledger.toLeaseCheckpoint()).toMatchObject({ resourceVersion: "25", sent: [] });
    expect(standBy(journal).ledger.formerToAsk()).toBeUndefined();
  });

  it("is told before the object that has the name now, whose state is told again", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const taken = [{ namespace: "default", name: "a", uid: "older", resourceVersion: "11" }];
    const before = standBy(journal);
    before.active.say("10", { sent: taken });
    before.read(began(), listed("a", "19"), ended("20"));
    before.active.say("19", { sent: taken });
    await before.look();
    await before.takeOver();
    const relay = standBy(journal);
    relay.active.say("30");
    relay.ledger.start();
    for (const one of taken) relay.ledger.adopt(one);
    relay.ledger.formerAsked();
    relay.active.lead();
    relay.read(began(), listed("a", "19"), ended("25"));
    expect(relay.send()).toEqual(["deleted a (older)@19 gap", "modified a@19 gap"]);
  });

  it("is told in the order in which they had one name", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    relay.active.say("10");
    relay.active.lead();
    const named = ["9", "100", "20"].map((resourceVersion, index) => {
      return { namespace: "default", name: "a", uid: `uid-${index}`, resourceVersion };
    });
    for (const one of named) relay.ledger.adopt(one);
    relay.ledger.start();
    relay.read(began(), ended("125"));
    expect(relay.send()).toEqual([
      "deleted a (uid-0)@125 gap",
      "deleted a (uid-2)@125 gap",
      "deleted a (uid-1)@125 gap",
    ]);
  });

  it("is not asked for where the stream has no hole, but where it gets one before all is passed", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    relay.active.say("10");
    relay.read(began(), listed("a", "5"), ended("10"), changed("MODIFIED", "a", "11"));
    relay.active.say("15", { sent });
    expect(await relay.takeOver()).toMatchObject({ outcome: "goes on" });
    expect(relay.ledger.formerToAsk()).toMatchObject({ resourceVersion: "15" });
    relay.read(changed("MODIFIED", "a", "16"));
    relay.send();
    expect(relay.ledger.formerToAsk()).toBeUndefined();
  });
});

describe("a journal that was lost", () => {
  it("is no first start where the Lease has a checkpoint: the active relay sends all, with a gap", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    relay.active.say("10");
    relay.active.lead();
    expect(relay.ledger.start()).toEqual({ type: "snapshot", cause: "start", replace: true });
    relay.read({ ...began(), replace: true } as WatchStep, listed("a", "5"), ended("12"));
    expect(relay.send()).toEqual(["added a@5 gap"]);
    expect(relay.ledger.toLeaseCheckpoint()?.resourceVersion).toBe("12");
  });

  it("stays so for whoever comes next, until all is sent", () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    relay.active.say("10");
    relay.active.lead();
    relay.ledger.start();
    expect(relay.ledger.toLeaseCheckpoint()?.resourceVersion).toBe("10");
    relay.read({ ...began(), replace: true } as WatchStep, listed("a", "5"));
    expect(relay.ledger.toLeaseCheckpoint()?.resourceVersion).toBe("");
  });

  it("takes over as such where it had not caught up", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = standBy(journal);
    relay.active.say("10");
    relay.ledger.start();
    relay.read(began(), listed("a", "5"), listed("b", "12"), ended("13"));
    relay.active.lead();
    expect(await relay.takeOver()).toMatchObject({ outcome: "anew" });
  });
});

describe("a history that went back", () => {
  /** Has a@5, and the checkpoint at 10. */
  const caughtUp = (journal: Journal) => {
    const relay = standBy(journal);
    relay.active.say("10");
    relay.ledger.start();
    relay.read(began(), listed("a", "5"), ended("10"));
    return relay;
  };

  it("makes the checkpoint of before worthless for who has seen it, until the active one has begun anew", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = caughtUp(journal);
    relay.read(began("rollback"), listed("a", "3"), ended("8"));
    await relay.look();
    expect(relay.shadow()).toEqual(["modified a@3 gap"]);
    relay.active.say("", { history: 2 });
    await relay.look();
    expect(relay.shadow()).toEqual(["modified a@3 gap"]);
    relay.active.say("8", { history: 2 });
    await relay.look();
    expect(relay.shadow()).toEqual([]);
    expect(relay.rows("a")).toEqual(["delivered@3"]);
    expect(relay.ledger.start()).toEqual({ type: "resume", position: "8" });
  });

  it("makes who has not seen it begin anew, when the active one says so", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = caughtUp(journal);
    relay.active.say("8", { history: 2 });
    expect(await relay.look()).toBe("anew");
    const again = standBy(journal);
    again.active.say("8", { history: 2 });
    expect(again.ledger.start()).toMatchObject({ type: "snapshot", replace: true });
  });

  it("is replaced by the one that takes over, where the active one died before it had seen it", async () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = caughtUp(journal);
    relay.read(began("rollback"), listed("a", "3"), ended("8"));
    expect(await relay.takeOver()).toMatchObject({ outcome: "anew" });
    const again = standBy(journal);
    again.active.say("10");
    again.active.lead();
    again.ledger.prepareToLead(false);
    journal.raiseEpoch(4);
    expect(again.ledger.start()).toMatchObject({ type: "snapshot", replace: true });
    again.read({ ...began(), replace: true } as WatchStep);
    expect(again.ledger.toLeaseCheckpoint()).toMatchObject({ resourceVersion: "", history: 5 });
  });

  it("by the Lease's word makes every row doubtful, however often it is killed before it is done", () => {
    using folder = temporaryFolder();
    using journal = disposable(open(folder.path));
    const relay = caughtUp(journal);
    relay.active.lead();
    relay.ledger.prepareToLead(true);
    journal.commit();
    for (let life = 0; life < 2; life += 1) {
      const again = standBy(journal);
      again.active.lead();
      // Whoever stands by must not take what is new for what the queue had before.
      expect(again.ledger.toLeaseCheckpoint()).toMatchObject({ resourceVersion: "", history: 0 });
      expect(again.ledger.start()).toMatchObject({ type: "snapshot", replace: true });
    }
  });
});

function disposable(journal: Journal): Journal & Disposable {
  return { ...journal, [Symbol.dispose]: () => journal.close() };
}
