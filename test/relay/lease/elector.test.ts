import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fenceSends, refuseLateSends } from "../../../relay/delivery/fence-sends.ts";
import {
  createElectionScene,
  isLeader,
  raiseEpoch,
  type ElectionScene,
} from "../../support/relay/relay-election.ts";
import { settle } from "../../support/host/virtual-clock.ts";

let scene: ElectionScene;

beforeEach(() => {
  scene = createElectionScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

describe("a relay that finds no Lease", () => {
  it("creates one at once, and has its epoch in Lease and journal before it may send", async () => {
    const relay = scene.join("a");
    await settle();
    expect(isLeader(relay)).toBe(true);
    await raiseEpoch(relay);
    expect(scene.annotation("epoch")).toBe("1");
    expect(relay.journal.epoch()).toBe(1);
    expect(scene.server.lease()?.spec).toMatchObject({
      holderIdentity: "a",
      leaseDurationSeconds: 9,
    });
  });

  it("is the only leader of two that start at the same time", async () => {
    const relays = [scene.join("a"), scene.join("b")];
    await settle();
    expect(relays.filter(isLeader)).toHaveLength(1);
  });

  it("ends with the permission that it lacks", async () => {
    scene.server.trouble = () => "forbidden";
    const relay = scene.join("a");
    await expect(relay.ended).rejects.toThrow(
      /Lease ns\/relay: add .*"create".*resourceNames.*"get", "update"/,
    );
  });
});

describe("a Lease that can be read and not written", () => {
  it("is a problem that is known until it is acquired", async () => {
    scene.server.trouble = ({ method }) => (method === "GET" ? undefined : "forbidden");
    const relay = scene.join("a");
    await scene.clock.pass(5_000);
    expect(isLeader(relay)).toBe(false);
    expect(relay.leadership.problem()).toContain("403 Forbidden");
    scene.server.trouble = () => undefined;
    await scene.clock.pass(5_000);
    expect(isLeader(relay)).toBe(true);
    expect(relay.leadership.problem()).toBeUndefined();
  });
});

describe("a permission that is missing only later", () => {
  it("does not end a standby, which takes over once it has it again", async () => {
    const leader = scene.join("a");
    await settle();
    const standby = scene.join("b");
    await scene.clock.pass(3_000);
    scene.server.trouble = () => "forbidden";
    await scene.clock.pass(30_000);
    scene.server.trouble = () => undefined;
    await leader.stop();
    await scene.clock.pass(20_000);
    expect(isLeader(standby)).toBe(true);
    expect(standby.reports.some((report) => report.startsWith("failed: "))).toBe(true);
  });

  it("does not end a leader, which keeps the Lease if it can renew it in time", async () => {
    const relay = scene.join("a");
    await settle();
    scene.server.trouble = () => "forbidden";
    await scene.clock.pass(4_000);
    scene.server.trouble = () => undefined;
    await scene.clock.pass(20_000);
    expect(isLeader(relay)).toBe(true);
    expect(relay.reports.filter((report) => report.startsWith("acquired"))).toHaveLength(1);
  });
});

describe("a standby", () => {
  it("takes over when the Lease has not changed for its duration, and no sooner", async () => {
    const active = scene.join("a");
    await settle();
    await raiseEpoch(active);
    const other = scene.join("b");
    await scene.clock.pass(3_000);
    expect(isLeader(other)).toBe(false);
    scene.server.trouble = () => undefined;
    await scene.disconnect("a");
    // The last renewal it saw may be up to a look old.
    await scene.clock.pass(8_900);
    expect(isLeader(other)).toBe(false);
    await scene.clock.pass(1_600);
    expect(isLeader(other)).toBe(true);
    await raiseEpoch(other);
    expect(scene.annotation("epoch")).toBe("2");
    expect(scene.server.lease()?.spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
  });

  it("starts to wait again if it was itself suspended", async () => {
    const active = scene.join("a");
    const other = scene.join("b");
    await settle();
    await scene.clock.pass(1_500);
    scene.clock.freeze(60_000);
    // Both were frozen; the active one renews first thing, or is found to be lost.
    scene.server.edit((lease) => void (lease.spec["renewTime"] = "another"));
    await scene.clock.pass(1);
    expect(isLeader(other)).toBe(false);
    expect(active.reports).toContain("acquired from nobody");
  });

  it("acquires a released Lease at once", async () => {
    const active = scene.join("a");
    await settle();
    await raiseEpoch(active);
    await active.stop();
    expect(scene.server.lease()?.spec["holderIdentity"]).toBe("");
    const other = scene.join("b");
    await settle();
    expect(other.reports).toEqual(["acquired from nobody"]);
  });

  it("finds itself in the Lease after a kill, and need not wait", async () => {
    scene.server.put({ metadata: {}, spec: { holderIdentity: "a", leaseDurationSeconds: 9 } });
    const relay = scene.join("a");
    await settle();
    expect(isLeader(relay)).toBe(true);
  });
});

describe("the wall clock", () => {
  it.each([
    ["jumps a day ahead", () => 86_400_000],
    ["is set back a year", () => -365 * 86_400_000],
    ["stands still", undefined],
  ])("changes nothing if it %s", async (_how, jump) => {
    const active = scene.join("a");
    const other = scene.join("b");
    await scene.clock.pass(3_000);
    const wall = scene.clock.wallMs();
    scene.clock.setWall(
      jump === undefined ? () => wall : () => wall + scene.clock.nowMs() + jump(),
    );
    await scene.clock.pass(60_000);
    expect([isLeader(active), isLeader(other)]).toEqual([true, false]);
    expect(active.leadership.maySend()).toBe(true);
  });

  it("of another machine decides nothing: times in the Lease are not read", async () => {
    scene.server.put({
      metadata: {},
      spec: {
        holderIdentity: "x",
        leaseDurationSeconds: 9,
        renewTime: "1999-01-01T00:00:00.000000Z",
      },
    });
    const relay = scene.join("a");
    await scene.clock.pass(8_900);
    expect(isLeader(relay)).toBe(false);
    await scene.clock.pass(200);
    expect(isLeader(relay)).toBe(true);
  });
});

describe("the leader", () => {
  it("starts no send after the renew deadline, even if it was suspended and has not noticed yet", async () => {
    const relay = scene.join("a");
    await settle();
    const sent: string[] = [];
    const send = fenceSends(
      relay.leadership,
      async () => undefined,
      async (entries) => {
        sent.push(...entries.map(({ body }) => body));
        return entries.map(() => ({ outcome: "accepted", messageId: "m" }));
      },
    );
    const { signal } = new AbortController();
    scene.clock.freeze(5_999);
    await send([{ body: "in time" }], signal);
    expect(() => refuseLateSends(relay.leadership)).not.toThrow();
    scene.clock.freeze(1);
    const outcomes = await send([{ body: "too late" }], signal);
    expect(sent).toEqual(["in time"]);
    expect(outcomes[0]).toMatchObject({ outcome: "refused", error: { code: "LeaseLost" } });
    expect(() => refuseLateSends(relay.leadership)).toThrow(/Lease has not been renewed in time/);
  });

  it("breaks off what is in flight when the Lease expires, counted from the start of the last renewal", async () => {
    const relay = scene.join("a");
    await scene.clock.pass(1_500);
    const term = relay.leadership.term();
    scene.server.trouble = () => "unreachable";
    await scene.clock.pass(5_999);
    expect(term?.ended.aborted).toBe(false);
    await scene.clock.pass(2_000);
    expect([term?.ended.aborted, term?.expired.aborted]).toEqual([true, false]);
    await scene.clock.pass(1_001);
    expect(term?.expired.aborted).toBe(true);
  });

  it("counts from when it sent the renewal: others have seen it before its answer came", async () => {
    const { signal } = new AbortController();
    scene.server.answerTime = () => scene.clock.sleep(1_000, signal);
    const relay = scene.join("a");
    await scene.clock.pass(1_500);
    expect(isLeader(relay)).toBe(true);
    scene.clock.freeze(4_499);
    expect(relay.leadership.maySend()).toBe(true);
    scene.clock.freeze(1);
    expect(relay.leadership.maySend()).toBe(false);
  });

  it("becomes a standby if it finds another holder when it wakes up", async () => {
    const relay = scene.join("a");
    await settle();
    await raiseEpoch(relay);
    scene.clock.freeze(20_000);
    scene.server.edit((lease) => void (lease.spec["holderIdentity"] = "b"));
    await scene.clock.pass(1_500);
    expect(isLeader(relay)).toBe(false);
    expect(relay.reports.slice(1, 3)).toEqual([
      "lost: it could not be renewed in time",
      "standby of b",
    ]);
  });

  it("treats a conflict as somebody else's write, and reads whose it was", async () => {
    const relay = scene.join("a");
    await settle();
    await raiseEpoch(relay);
    scene.server.edit((lease) => void (lease.metadata.labels = { team: "x" }));
    await scene.clock.pass(10_000);
    expect(isLeader(relay)).toBe(true);
    expect(scene.server.lease()?.metadata.labels).toEqual({ team: "x" });
    scene.server.edit((lease) => void (lease.spec["holderIdentity"] = "b"));
    await scene.clock.pass(1_500);
    expect(relay.reports.slice(1)).toEqual(["lost: b holds it", "standby of b"]);
  });

  it("recognises its own renewal if the answer to it was lost", async () => {
    const relay = scene.join("a");
    await settle();
    await raiseEpoch(relay);
    scene.server.trouble = ({ method }) => (method === "PUT" ? "answerLost" : undefined);
    await scene.clock.pass(1_500);
    scene.server.trouble = () => undefined;
    await scene.clock.pass(20_000);
    expect(isLeader(relay)).toBe(true);
    expect(relay.reports).toEqual(["acquired from nobody", "failed: no way"]);
  });

  it("gives each request half of the time in which a renewal must succeed, so that a second one fits", async () => {
    const timeouts: unknown[] = [];
    scene.server.trouble = ({ timeoutMs }) => {
      timeouts.push(timeoutMs);
      return undefined;
    };
    scene.join("a");
    await settle();
    await scene.clock.pass(3_000);
    expect(timeouts.length).toBeGreaterThan(2);
    expect(new Set(timeouts)).toEqual(new Set([3_000]));
  });

  it("keeps the Lease through two failed renewals", async () => {
    const relay = scene.join("a");
    await settle();
    scene.server.trouble = () => "unreachable";
    await scene.clock.pass(4_000);
    scene.server.trouble = () => undefined;
    await scene.clock.pass(20_000);
    expect(isLeader(relay)).toBe(true);
  });
});
