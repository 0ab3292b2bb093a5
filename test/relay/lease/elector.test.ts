import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLeaseStore } from "../../../adapters/kubernetes/lease/lease.ts";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { Elector } from "../../../relay/lease/elector.ts";
import { fenceSends, refuseLateSends } from "../../../relay/lease/fence.ts";
import type { Publication } from "../../../relay/handover/leadership.ts";
import type { LeaseCheckpoint } from "../../../relay/handover/annotations.ts";
import type { LeaseReport } from "../../../relay/lease/report.ts";
import { createLeaseServer, type LeaseServer } from "../../support/lease-server.ts";
import { createVirtualClock, settle, type VirtualClock } from "../../support/virtual-clock.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const TIMES = { durationMs: 9_000, renewDeadlineMs: 6_000, retryMs: 1_500 };
const CHECKPOINT: LeaseCheckpoint = {
  resourceVersion: "7",
  selection: "s",
  initial: [],
  history: 0,
  namespaces: "",
  sent: [],
};

const told = (checkpoints: Publication["checkpoints"]): Publication => ({
  checkpoints,
  written: () => undefined,
});

let clock: VirtualClock;
let server: LeaseServer;
let cleanUp: AsyncDisposableStack;

beforeEach(() => {
  clock = createVirtualClock();
  server = createLeaseServer();
  cleanUp = new AsyncDisposableStack();
});
afterEach(async () => cleanUp.disposeAsync());

const newJournal = (): Journal => {
  const folder = cleanUp.use(temporaryFolder());
  const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
  cleanUp.defer(() => journal.close());
  return journal;
};

/** A relay that takes part, on a journal of its own. */
function take(identity: string, journal: Journal = newJournal()) {
  const told: string[] = [];
  const report: LeaseReport = {
    observed: () => undefined,
    standingBy: (holder) => void told.push(`stands by ${holder}`),
    acquired: ({ from, rollback }) =>
      void told.push(`acquired from ${from || "nobody"}${rollback ? ", went back" : ""}`),
    renewed: () => undefined,
    failed: (message) => void told.push(`failed: ${message}`),
    lost: (why) => void told.push(`lost: ${why}`),
    released: () => void told.push("released"),
    checkpointsTooLarge: () => void told.push("too large"),
  };
  const { client } = server;
  const store = createLeaseStore({ client, namespace: "ns", name: "relay", wallMs: clock.wallMs });
  const elector = new Elector({ store, journal, identity, times: TIMES, clock, report });
  const stop = new AbortController();
  const ended = elector.run(stop.signal);
  const finish = async (): Promise<void> => {
    stop.abort();
    await ended.catch(() => undefined);
  };
  cleanUp.defer(finish);
  return { elector, journal, told, ended, stop: finish };
}

type Relay = ReturnType<typeof take>;

/** As `relay()` does when its term begins. */
const raise = async ({ elector }: Relay): Promise<void> => {
  await elector.raiseEpoch(new AbortController().signal);
};

const isActive = ({ elector }: Relay): boolean => elector.term() !== undefined;
const annotation = (name: string): string | undefined =>
  server.lease()?.metadata.annotations?.[`kubemend.dev/${name}`];

describe("a relay that finds no Lease", () => {
  it("makes one at once, and has its epoch in Lease and journal before it is told that it may send", async () => {
    const relay = take("a");
    await settle();
    expect(isActive(relay)).toBe(true);
    await raise(relay);
    expect(annotation("epoch")).toBe("1");
    expect(relay.journal.epoch()).toBe(1);
    expect(server.lease()?.spec).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 9 });
  });

  it("is the only one of two that begin at the same time", async () => {
    const relays = [take("a"), take("b")];
    await settle();
    expect(relays.filter(isActive)).toHaveLength(1);
  });

  it("is told which right it lacks", async () => {
    server.trouble = () => "forbidden";
    const relay = take("a");
    await expect(relay.ended).rejects.toThrow(/Lease ns\/relay: add .*"get", "create", "update"/);
  });
});

describe("the epoch", () => {
  it("is one more than those of Lease and journal", async () => {
    server.put({ metadata: { annotations: { "kubemend.dev/epoch": "41" } }, spec: {} });
    const relay = take("a");
    await settle();
    await raise(relay);
    expect(annotation("epoch")).toBe("42");
    expect(relay.journal.epoch()).toBe(42);

    const journal = newJournal();
    journal.raiseEpoch(99);
    server.remove();
    await relay.stop();
    const other = take("b", journal);
    await settle();
    await raise(other);
    expect([annotation("epoch"), journal.epoch()]).toEqual(["101", 101]);
  });

  it("is written anew until that has succeeded", async () => {
    const relay = take("a");
    await settle();
    server.trouble = () => "unreachable";
    let raised = false;
    void raise(relay).then(() => (raised = true));
    await clock.pass(2_000);
    expect(raised).toBe(false);
    expect(relay.journal.epoch()).toBe(0);
    server.trouble = () => undefined;
    await clock.pass(2_000);
    expect(raised).toBe(true);
    expect([annotation("epoch"), relay.journal.epoch()]).toEqual(["1", 1]);
  });
});

describe("a relay that stands by", () => {
  it("takes over when the Lease has not changed for its duration, and no sooner", async () => {
    const active = take("a");
    await settle();
    await raise(active);
    const other = take("b");
    await clock.pass(3_000);
    expect(isActive(other)).toBe(false);
    server.trouble = () => undefined;
    await stopRenewing("a");
    // The last renewal it saw may be up to a look old.
    await clock.pass(8_900);
    expect(isActive(other)).toBe(false);
    await clock.pass(1_600);
    expect(isActive(other)).toBe(true);
    await raise(other);
    expect(annotation("epoch")).toBe("2");
    expect(server.lease()?.spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
  });

  it("begins to wait anew where it was itself away or frozen", async () => {
    const active = take("a");
    const other = take("b");
    await settle();
    await clock.pass(1_500);
    clock.freeze(60_000);
    // Both were frozen; the active one renews first thing, or is found to be lost.
    server.edit((lease) => void (lease.spec["renewTime"] = "another"));
    await clock.pass(1);
    expect(isActive(other)).toBe(false);
    expect(active.told).toContain("acquired from nobody");
  });

  it("takes what was given free at once", async () => {
    const active = take("a");
    await settle();
    await raise(active);
    await active.stop();
    expect(server.lease()?.spec["holderIdentity"]).toBe("");
    const other = take("b");
    await settle();
    expect(other.told).toEqual(["acquired from nobody"]);
  });

  it("finds itself in the Lease after a kill, and need not wait", async () => {
    server.put({ metadata: {}, spec: { holderIdentity: "a", leaseDurationSeconds: 9 } });
    const relay = take("a");
    await settle();
    expect(isActive(relay)).toBe(true);
  });

  it("reads the checkpoints that travel with the renewals", async () => {
    const active = take("a");
    await settle();
    active.elector.publish(() => told(new Map([["w", CHECKPOINT]])));
    await raise(active);
    const other = take("b");
    await settle();
    expect(other.elector.checkpoint("w")).toEqual(CHECKPOINT);
    active.elector.publish(() => told(new Map([["w", { ...CHECKPOINT, resourceVersion: "8" }]])));
    await clock.pass(3_000);
    expect(other.elector.checkpoint("w")?.resourceVersion).toBe("8");
    expect(annotation("checkpoints")).toBe('{"w":{"rv":"8","of":"s"}}');
  });

  it("keeps what the active one before has told until it has an epoch of its own", async () => {
    const active = take("a");
    await settle();
    active.elector.publish(() => told(new Map([["w", CHECKPOINT]])));
    await raise(active);
    await active.stop();
    const other = take("b");
    await clock.pass(5_000);
    expect(annotation("checkpoints")).toBe('{"w":{"rv":"7","of":"s"}}');
    await raise(other);
    expect(annotation("checkpoints")).toBe("{}");
  });
});

describe("what the relay before has told", () => {
  it("is of another until this one has told something itself, also after a crash", async () => {
    const active = take("a");
    await settle();
    active.elector.publish(() => told(new Map([["w", CHECKPOINT]])));
    await raise(active);
    expect(active.elector.former("w")).toBeUndefined();
    await active.stop();
    const journal = newJournal();
    const other = take("b", journal);
    await clock.pass(2_000);
    expect(isActive(other)).toBe(true);
    expect(other.elector.former("w")).toEqual(CHECKPOINT);
    other.elector.publish(() => told(new Map([["w", { ...CHECKPOINT, resourceVersion: "8" }]])));
    await raise(other);
    expect(other.elector.checkpoint("w")?.resourceVersion).toBe("8");
    expect(other.elector.former("w")).toBeUndefined();
    await other.stop();
    const again = take("b", journal);
    await clock.pass(2_000);
    expect(again.elector.checkpoint("w")?.resourceVersion).toBe("8");
    expect(again.elector.former("w")).toBeUndefined();
  });
});

describe("what a send waits for", () => {
  it("stands in the Lease soon, and what comes meanwhile shares a write", async () => {
    const active = take("a");
    await settle();
    await raise(active);
    const written: string[] = [];
    let wanted = "1";
    active.elector.publish(() => {
      const resourceVersion = wanted;
      const checkpoints = new Map([["w", { ...CHECKPOINT, resourceVersion }]]);
      return { checkpoints, written: () => void written.push(resourceVersion) };
    });
    for (wanted of ["2", "3", "4"]) active.elector.hurry();
    await clock.pass(100);
    expect(written.at(-1)).toBe("4");
    expect(written.length).toBeLessThan(3);
    expect(annotation("checkpoints")).toContain('"rv":"4"');
  });

  it("is asked for in vain while this relay stands by", async () => {
    const active = take("a");
    const other = take("b");
    await settle();
    other.elector.hurry();
    await clock.pass(3_000);
    expect([isActive(active), isActive(other)]).toEqual([true, false]);
  });
});

describe("the clock of the calendar", () => {
  it.each([
    ["jumps a day ahead", () => 86_400_000],
    ["is set back a year", () => -365 * 86_400_000],
    ["stands still", undefined],
  ])("changes nothing where it %s", async (_how, jump) => {
    const active = take("a");
    const other = take("b");
    await clock.pass(3_000);
    const wall = clock.wallMs();
    clock.setWall(jump === undefined ? () => wall : () => wall + clock.nowMs() + jump());
    await clock.pass(60_000);
    expect([isActive(active), isActive(other)]).toEqual([true, false]);
    expect(active.elector.maySend()).toBe(true);
  });

  it("of another machine decides nothing: times in the Lease are not read", async () => {
    server.put({
      metadata: {},
      spec: {
        holderIdentity: "x",
        leaseDurationSeconds: 9,
        renewTime: "1999-01-01T00:00:00.000000Z",
      },
    });
    const relay = take("a");
    await clock.pass(8_900);
    expect(isActive(relay)).toBe(false);
    await clock.pass(200);
    expect(isActive(relay)).toBe(true);
  });
});

describe("the active relay", () => {
  it("starts no send after the renew deadline, though it was frozen and has not been told", async () => {
    const relay = take("a");
    await settle();
    const sent: string[] = [];
    const send = fenceSends(
      relay.elector,
      async () => undefined,
      async (entries) => {
        sent.push(...entries.map(({ body }) => body));
        return entries.map(() => ({ outcome: "accepted", messageId: "m" }));
      },
    );
    const { signal } = new AbortController();
    clock.freeze(5_999);
    await send([{ body: "in time" }], signal);
    expect(() => refuseLateSends(relay.elector)).not.toThrow();
    clock.freeze(1);
    const outcomes = await send([{ body: "too late" }], signal);
    expect(sent).toEqual(["in time"]);
    expect(outcomes[0]).toMatchObject({ outcome: "refused", error: { code: "LeaseLost" } });
    expect(() => refuseLateSends(relay.elector)).toThrow(/Lease has not been renewed in time/);
  });

  it("breaks off what is in flight when the Lease runs out, counted from the begin of the last renewal", async () => {
    const relay = take("a");
    await clock.pass(1_500);
    const term = relay.elector.term();
    server.trouble = () => "unreachable";
    await clock.pass(5_999);
    expect(term?.ended.aborted).toBe(false);
    await clock.pass(2_000);
    expect([term?.ended.aborted, term?.expired.aborted]).toEqual([true, false]);
    await clock.pass(1_001);
    expect(term?.expired.aborted).toBe(true);
  });

  it("counts from when it began to ask: others have seen the renewal before its answer came", async () => {
    const { signal } = new AbortController();
    server.answerTime = () => clock.sleep(1_000, signal);
    const relay = take("a");
    await clock.pass(1_500);
    expect(isActive(relay)).toBe(true);
    clock.freeze(4_499);
    expect(relay.elector.maySend()).toBe(true);
    clock.freeze(1);
    expect(relay.elector.maySend()).toBe(false);
  });

  it("that finds another in the Lease when it wakes up stands by", async () => {
    const relay = take("a");
    await settle();
    await raise(relay);
    clock.freeze(20_000);
    server.edit((lease) => void (lease.spec["holderIdentity"] = "b"));
    await clock.pass(1_500);
    expect(isActive(relay)).toBe(false);
    expect(relay.told.slice(1, 3)).toEqual([
      "lost: it could not be renewed in time",
      "stands by b",
    ]);
  });

  it("takes a conflict for somebody else's write, and looks whose", async () => {
    const relay = take("a");
    await settle();
    await raise(relay);
    server.edit((lease) => void (lease.metadata.labels = { team: "x" }));
    await clock.pass(10_000);
    expect(isActive(relay)).toBe(true);
    expect(server.lease()?.metadata.labels).toEqual({ team: "x" });
    server.edit((lease) => void (lease.spec["holderIdentity"] = "b"));
    await clock.pass(1_500);
    expect(relay.told.slice(1)).toEqual(["lost: b has it", "stands by b"]);
  });

  it("knows a renewal again whose answer was lost", async () => {
    const relay = take("a");
    await settle();
    await raise(relay);
    server.trouble = ({ method }) => (method === "PUT" ? "answerLost" : undefined);
    await clock.pass(1_500);
    server.trouble = () => undefined;
    await clock.pass(20_000);
    expect(isActive(relay)).toBe(true);
    expect(relay.told).toEqual(["acquired from nobody", "failed: no way"]);
  });

  it("keeps the Lease over two renewals that fail", async () => {
    const relay = take("a");
    await settle();
    server.trouble = () => "unreachable";
    await clock.pass(4_000);
    server.trouble = () => undefined;
    await clock.pass(20_000);
    expect(isActive(relay)).toBe(true);
  });
});

describe("a Lease", () => {
  const known = async (): Promise<Journal> => {
    const relay = take("a");
    await settle();
    await raise(relay);
    await relay.stop();
    return relay.journal;
  };

  it("that is gone means that the history went back", async () => {
    const journal = await known();
    server.remove();
    const relay = take("a", journal);
    await settle();
    const term = relay.elector.term();
    expect([term?.takeRollback(), term?.takeRollback()]).toEqual([true, false]);
    await raise(relay);
    expect([annotation("epoch"), journal.epoch()]).toEqual(["2", 2]);
  });

  it("with a lower epoch than the journal's means that the history went back, for who stands by as well", async () => {
    const first = take("a");
    await settle();
    first.elector.publish(() => told(new Map([["w", CHECKPOINT]])));
    await raise(first);
    const copy = structuredClone(server.lease());
    await raise(first);
    const other = take("b");
    await settle();
    expect(other.elector.checkpoint("w")).toEqual(CHECKPOINT);
    server.put(copy ?? { metadata: {}, spec: {} });
    await clock.pass(1_500);
    expect(other.elector.checkpoint("w")).toBeUndefined();
    await clock.pass(3_000);
    expect(first.told.slice(1, 3)).toEqual([
      "lost: it is not as this relay has written it",
      "acquired from a, went back",
    ]);
    await raise(first);
    expect(annotation("epoch")).toBe("3");
  });

  it("of the journal's epoch, but older than it was, means so too, for who starts again or stands by", async () => {
    const first = take("a");
    await settle();
    first.elector.publish(() => told(new Map([["w", CHECKPOINT]])));
    await raise(first);
    const other = take("b");
    await settle();
    const copy = structuredClone(server.lease());
    await clock.pass(6_000);
    await first.stop();
    server.putBack(copy);
    await clock.pass(1_500);
    expect(other.elector.checkpoint("w")).toBeUndefined();
    await other.stop();
    const again = take("a", first.journal);
    await settle();
    expect(again.told).toEqual(["acquired from a, went back"]);
    // Killed before it has an epoch: the Lease is its own by now, and newer than all that was seen.
    await clock.pass(30_000);
    await again.stop();
    const third = take("a", first.journal);
    await settle();
    expect(third.told.at(-1)).toMatch(/^acquired .*, went back$/);
    await raise(third);
    expect([annotation("epoch"), first.journal.epoch()]).toEqual(["2", 2]);
    await third.stop();
    const fourth = take("a", first.journal);
    await settle();
    expect(fourth.told).toEqual(["acquired from nobody"]);
  });

  it("that is older than it was is lost by who holds it, and taken anew", async () => {
    const relay = take("a");
    await settle();
    await raise(relay);
    const copy = structuredClone(server.lease());
    await clock.pass(6_000);
    server.putBack(copy);
    await clock.pass(1_500);
    expect(relay.told.slice(1)).toEqual([
      "lost: it is not as this relay has written it",
      "acquired from a, went back",
    ]);
    await raise(relay);
    await clock.pass(20_000);
    expect(isActive(relay)).toBe(true);
    expect(annotation("epoch")).toBe("2");
    expect(relay.told).toHaveLength(3);
  });

  it("that the journal never knew says nothing of the history", async () => {
    const journal = newJournal();
    journal.raiseEpoch(6);
    const relay = take("a", journal);
    await settle();
    expect(relay.elector.term()?.takeRollback()).toBe(false);
    await raise(relay);
    expect(annotation("epoch")).toBe("8");
  });
});

/** Nobody of that name gets through to the server any more. */
async function stopRenewing(identity: string): Promise<void> {
  server.trouble = ({ body }) => {
    const holder = (body as { spec?: { holderIdentity?: string } } | undefined)?.spec
      ?.holderIdentity;
    return holder === identity ? "unreachable" : undefined;
  };
  await settle();
}
