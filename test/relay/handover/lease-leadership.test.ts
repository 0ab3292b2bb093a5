import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import {
  CHECKPOINT,
  createElectionScene,
  isLeader,
  publication,
  raiseEpoch,
  type ElectionScene,
} from "../../support/relay/relay-election.ts";
import { settle } from "../../support/host/virtual-clock.ts";

let scene: ElectionScene;

beforeEach(() => {
  scene = createElectionScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

describe("the epoch", () => {
  it("is one more than those of Lease and journal", async () => {
    scene.server.put({ metadata: { annotations: { "kubemend.dev/epoch": "41" } }, spec: {} });
    const relay = scene.join("a");
    await settle();
    await raiseEpoch(relay);
    expect(scene.annotation("epoch")).toBe("42");
    expect(relay.journal.epoch()).toBe(42);

    const journal = scene.newJournal();
    journal.raiseEpoch(99);
    scene.server.remove();
    await relay.stop();
    const other = scene.join("b", journal);
    await settle();
    await raiseEpoch(other);
    expect([scene.annotation("epoch"), journal.epoch()]).toEqual(["101", 101]);
  });

  it("is written again until that succeeds", async () => {
    const relay = scene.join("a");
    await settle();
    scene.server.trouble = () => "unreachable";
    let raised = false;
    void raiseEpoch(relay).then(() => (raised = true));
    await scene.clock.pass(2_000);
    expect(raised).toBe(false);
    expect(relay.journal.epoch()).toBe(0);
    scene.server.trouble = () => undefined;
    await scene.clock.pass(2_000);
    expect(raised).toBe(true);
    expect([scene.annotation("epoch"), relay.journal.epoch()]).toEqual(["1", 1]);
  });
});

describe("a standby", () => {
  it("reads the checkpoints that travel with the renewals", async () => {
    const active = scene.join("a");
    await settle();
    active.leadership.publish(() => publication());
    await raiseEpoch(active);
    const other = scene.join("b");
    await settle();
    expect(other.leadership.checkpoint("w")).toEqual(CHECKPOINT);
    active.leadership.publish(() => publication({ ...CHECKPOINT, resourceVersion: "8" }));
    await scene.clock.pass(3_000);
    expect(other.leadership.checkpoint("w")?.resourceVersion).toBe("8");
    expect(scene.annotation("checkpoints")).toBe('{"w":{"rv":"8","of":"s"}}');
  });

  it("keeps what the previous leader published until it has an epoch of its own", async () => {
    const active = scene.join("a");
    await settle();
    active.leadership.publish(() => publication());
    await raiseEpoch(active);
    await active.stop();
    const other = scene.join("b");
    await scene.clock.pass(5_000);
    expect(scene.annotation("checkpoints")).toBe('{"w":{"rv":"7","of":"s"}}');
    await raiseEpoch(other);
    expect(scene.annotation("checkpoints")).toBe("{}");
  });
});

describe("what the previous leader published", () => {
  it("belongs to another relay until this one has published itself, also after a crash", async () => {
    const active = scene.join("a");
    await settle();
    active.leadership.publish(() => publication());
    await raiseEpoch(active);
    expect(active.leadership.predecessorCheckpoint("w")).toBeUndefined();
    await active.stop();
    const journal = scene.newJournal();
    const other = scene.join("b", journal);
    await scene.clock.pass(2_000);
    expect(isLeader(other)).toBe(true);
    expect(other.leadership.predecessorCheckpoint("w")).toEqual(CHECKPOINT);
    other.leadership.publish(() => publication({ ...CHECKPOINT, resourceVersion: "8" }));
    await raiseEpoch(other);
    expect(other.leadership.checkpoint("w")?.resourceVersion).toBe("8");
    expect(other.leadership.predecessorCheckpoint("w")).toBeUndefined();
    await other.stop();
    const again = scene.join("b", journal);
    await scene.clock.pass(2_000);
    expect(again.leadership.checkpoint("w")?.resourceVersion).toBe("8");
    expect(again.leadership.predecessorCheckpoint("w")).toBeUndefined();
  });
});

describe("what a send waits for", () => {
  it("is soon in the Lease, and requests that come meanwhile share a write", async () => {
    const active = scene.join("a");
    await settle();
    await raiseEpoch(active);
    const written: string[] = [];
    let wanted = "1";
    active.leadership.publish(() => {
      const resourceVersion = wanted;
      const checkpoints = new Map([["w", { ...CHECKPOINT, resourceVersion }]]);
      return { checkpoints, written: () => void written.push(resourceVersion) };
    });
    for (wanted of ["2", "3", "4"]) active.leadership.hurry();
    await scene.clock.pass(100);
    expect(written.at(-1)).toBe("4");
    expect(written.length).toBeLessThan(3);
    expect(scene.annotation("checkpoints")).toContain('"rv":"4"');
  });

  it("is not written while this relay is a standby", async () => {
    const active = scene.join("a");
    const other = scene.join("b");
    await settle();
    other.leadership.hurry();
    await scene.clock.pass(3_000);
    expect([isLeader(active), isLeader(other)]).toEqual([true, false]);
  });
});

describe("a Lease", () => {
  const known = async (): Promise<Journal> => {
    const relay = scene.join("a");
    await settle();
    await raiseEpoch(relay);
    await relay.stop();
    return relay.journal;
  };

  it("that is missing shows an etcd rollback", async () => {
    const journal = await known();
    scene.server.remove();
    const relay = scene.join("a", journal);
    await settle();
    expect([relay.leadership.takeRollback(), relay.leadership.takeRollback()]).toEqual([
      true,
      false,
    ]);
    await raiseEpoch(relay);
    expect([scene.annotation("epoch"), journal.epoch()]).toEqual(["2", 2]);
  });

  it("with a lower epoch than the journal's shows an etcd rollback, to a standby as well", async () => {
    const first = scene.join("a");
    await settle();
    first.leadership.publish(() => publication());
    await raiseEpoch(first);
    const copy = structuredClone(scene.server.lease());
    await raiseEpoch(first);
    const other = scene.join("b");
    await settle();
    expect(other.leadership.checkpoint("w")).toEqual(CHECKPOINT);
    scene.server.put(copy ?? { metadata: {}, spec: {} });
    await scene.clock.pass(1_500);
    expect(other.leadership.checkpoint("w")).toBeUndefined();
    await scene.clock.pass(3_000);
    expect(first.reports.slice(1, 3)).toEqual([
      "lost: it is not as this relay wrote it",
      "acquired from a, rollback",
    ]);
    await raiseEpoch(first);
    expect(scene.annotation("epoch")).toBe("3");
  });

  it("of the journal's epoch but older than it was shows one too, to a restarted relay and to a standby", async () => {
    const first = scene.join("a");
    await settle();
    first.leadership.publish(() => publication());
    await raiseEpoch(first);
    const other = scene.join("b");
    await settle();
    const copy = structuredClone(scene.server.lease());
    await scene.clock.pass(6_000);
    await first.stop();
    scene.server.restore(copy);
    await scene.clock.pass(1_500);
    expect(other.leadership.checkpoint("w")).toBeUndefined();
    await other.stop();
    const again = scene.join("a", first.journal);
    await settle();
    expect(again.reports).toEqual(["acquired from a, rollback"]);
    // Killed before it has an epoch: the Lease is its own by now, and newer than all that was seen.
    await scene.clock.pass(30_000);
    await again.stop();
    const third = scene.join("a", first.journal);
    await settle();
    expect(third.reports.at(-1)).toMatch(/^acquired .*, rollback$/);
    await raiseEpoch(third);
    expect([scene.annotation("epoch"), first.journal.epoch()]).toEqual(["2", 2]);
    await third.stop();
    const fourth = scene.join("a", first.journal);
    await settle();
    expect(fourth.reports).toEqual(["acquired from nobody"]);
  });

  it("that is older than it was is lost by its holder, and acquired again", async () => {
    const relay = scene.join("a");
    await settle();
    await raiseEpoch(relay);
    const copy = structuredClone(scene.server.lease());
    await scene.clock.pass(6_000);
    scene.server.restore(copy);
    await scene.clock.pass(1_500);
    expect(relay.reports.slice(1)).toEqual([
      "lost: it is not as this relay wrote it",
      "acquired from a, rollback",
    ]);
    await raiseEpoch(relay);
    await scene.clock.pass(20_000);
    expect(isLeader(relay)).toBe(true);
    expect(scene.annotation("epoch")).toBe("2");
    expect(relay.reports).toHaveLength(3);
  });

  it("that the journal has never seen shows nothing", async () => {
    const journal = scene.newJournal();
    journal.raiseEpoch(6);
    const relay = scene.join("a", journal);
    await settle();
    expect(relay.leadership.takeRollback()).toBe(false);
    await raiseEpoch(relay);
    expect(scene.annotation("epoch")).toBe("8");
  });
});

describe("a Lease that its holder releases", () => {
  it("contains the epoch and where the holder has got to, so that the next one continues from there", async () => {
    const relay = scene.join("a");
    await settle();
    relay.leadership.publish(() => publication());
    await raiseEpoch(relay);
    relay.leadership.publish(() => publication({ ...CHECKPOINT, resourceVersion: "12" }));
    await relay.stop();
    expect(scene.server.lease()?.spec["holderIdentity"]).toBe("");
    expect(scene.annotation("epoch")).toBe("1");
    expect(scene.annotation("checkpoints")).toBe('{"w":{"rv":"12","of":"s"}}');

    const next = scene.join("b");
    await settle();
    expect(next.leadership.predecessorCheckpoint("w")?.resourceVersion).toBe("12");
    expect(next.reports).toEqual(["acquired from nobody"]);
  });

  it("keeps what the previous leader published if the holder has no epoch of its own yet", async () => {
    const first = scene.join("a");
    await settle();
    first.leadership.publish(() => publication());
    await raiseEpoch(first);
    await first.stop();
    const second = scene.join("b");
    await settle();
    let written = 0;
    const own = publication({ ...CHECKPOINT, resourceVersion: "99" });
    second.leadership.publish(() => ({ ...own, written: () => void (written += 1) }));
    await scene.clock.pass(3_000);
    expect(isLeader(second)).toBe(true);
    expect(written).toBe(0);
    await second.stop();
    expect(scene.annotation("epoch")).toBe("1");
    expect(scene.annotation("checkpoints")).toBe('{"w":{"rv":"7","of":"s"}}');
  });
});
