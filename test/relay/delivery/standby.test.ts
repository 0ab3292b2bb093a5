import { describe, expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { toDigest } from "../../../relay/handover/annotations.ts";
import type { NamespaceState } from "../../../relay/detect/change.ts";
import type { TrackedWatch } from "../../../relay/plan/tracked-watch.ts";
import type { WatchStep } from "../../../relay/reflector/step.ts";
import { configMap } from "../../support/relay/change.ts";
import {
  began,
  changed,
  createDeliveryScene,
  ended,
  listed,
  openTestJournal,
  read,
} from "../../support/relay/relay-delivery.ts";
import { createFakeLeadership } from "../../support/relay/relay-leadership.ts";
import { WATCH } from "../../support/relay/relay.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

/** A standby on a journal; it sends nothing until it leads. */
function standBy(journal: Journal, watch: Partial<TrackedWatch> = {}) {
  const lease = createFakeLeadership();
  const scene = createDeliveryScene(journal, { watch, leadership: lease.leadership });
  const { delivery, ledger } = scene;
  return {
    ...scene,
    lease,
    async read(...steps: readonly WatchStep[]) {
      for (const step of steps) {
        if (step.type === "snapshotStarted" && step.cause === "start") ledger.start();
        await scene.read(step);
      }
    },
    checkpoint: () => delivery.checkpoints().checkpoints.get(WATCH),
    /** The Lease was read. */
    async look() {
      const over = new AbortController();
      const outcome = delivery.standBy(over.signal);
      over.abort();
      return outcome;
    },
    /** It takes over: what it publishes of what it has read. */
    async takeOver() {
      lease.lead();
      const outcome = await delivery.standBy(new AbortController().signal);
      return { outcome, sent: outcome === "restart" ? [] : scene.accept() };
    },
  };
}

describe("a standby", () => {
  it("journals what the leader's checkpoint covers, keeps the changes above it, and publishes them when it takes over", async () => {
    using folder = temporaryFolder();
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
    const relay = standBy(journal);
    relay.lease.setCheckpoint("100");
    await relay.read(began(), ...["1", "2", "3"].map((version) => listed(`o${version}`, version)));
    expect(relay.buffer.size().objects).toBe(0);
    await relay.read(ended("90"), changed("DELETED", "o1", "95"));
    expect(relay.rows("o1", "o2")).toEqual(["tombstone@95", "delivered@2"]);
  });

  it("reports the deletion of an object that the dead leader may have sent and nobody else has seen", async () => {
    using folder = temporaryFolder();
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
    const relay = standBy(journal, { initial });
    relay.lease.setCheckpoint("10", { initial: [toDigest("rule r 1")] });
    await relay.read(began(), listed("a", "5"), ended("10"));
    expect(await relay.takeOver()).toEqual({ outcome: "promote", sent: [] });
    expect(journal.initialRules(WATCH)).toEqual(["rule r 1"]);
  });

  it("restarts when it takes over if a rule has not received the initial objects", async () => {
    const initial = [{ key: "rule r 1", ruleId: "r" }];
    using folder = temporaryFolder();
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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

describe("a lost journal", () => {
  it("is not a first start if the Lease has a checkpoint: the leader sends everything, with a gap", async () => {
    using folder = temporaryFolder();
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
    const relay = standBy(journal);
    relay.lease.setCheckpoint("10");
    relay.ledger.start();
    await relay.read(began(), listed("a", "5"), listed("b", "12"), ended("13"));
    relay.lease.lead();
    expect(await relay.takeOver()).toMatchObject({ outcome: "restart" });
  });
});

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
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
    const relay = await caughtUp(journal);
    relay.lease.setCheckpoint("8", { history: 2 });
    expect(await relay.look()).toBe("restart");
    const again = standBy(journal);
    again.lease.setCheckpoint("8", { history: 2 });
    expect(again.ledger.start()).toMatchObject({ type: "snapshot", replace: true });
  });

  it("is handled by the successor if the leader died before it had seen it", async () => {
    using folder = temporaryFolder();
    using journal = disposable(openTestJournal(folder.path));
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
    using journal = disposable(openTestJournal(folder.path));
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

function disposable(journal: Journal): Journal & Disposable {
  return { ...journal, [Symbol.dispose]: () => journal.close() };
}
