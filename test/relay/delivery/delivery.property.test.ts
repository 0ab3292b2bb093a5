import { cpSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { readObject } from "../../../core/changes/read-object.ts";
import type { ChangeBuffer, Ticket } from "../../../relay/delivery/buffer.ts";
import { WatchLedger } from "../../../relay/delivery/watch-ledger.ts";
import { UncheckpointedAdds } from "../../../relay/handover/uncheckpointed-adds.ts";
import type { WatchStep } from "../../../relay/reflector/step.ts";
import { CONFIG_MAPS, configMap } from "../../support/change.ts";
import { ALONE, createTestBuffer, WATCH } from "../../support/relay.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

type HistoryEvent = {
  readonly event: "ADDED" | "MODIFIED" | "DELETED";
  readonly name: string;
  readonly uid: string;
  readonly version: number;
};

/** A cluster: the truth, and all that ever happened in it. */
class Cluster {
  readonly history: HistoryEvent[] = [];
  readonly living = new Map<string, { readonly uid: string; readonly version: number }>();
  version = 1;

  /** Creates, changes or deletes the object of a name. */
  act(name: string, wish: "write" | "delete"): void {
    this.version += 1;
    const { version } = this;
    const now = this.living.get(name);
    if (wish === "delete" && now === undefined) return;
    const uid = now?.uid ?? `${name}-${version}`;
    const event = wish === "delete" ? "DELETED" : now === undefined ? "ADDED" : "MODIFIED";
    if (event === "DELETED") this.living.delete(name);
    else this.living.set(name, { uid, version });
    this.history.push({ event, name, uid, version });
  }
}

type Message = {
  readonly change: string;
  readonly name: string;
  readonly uid: string;
  readonly version: number;
  readonly life: number;
};

/** A relay that can be killed at any moment, on a queue that accepts what it is told to. */
class World implements Disposable {
  readonly cluster = new Cluster();
  readonly queue: Message[] = [];
  readonly #folders: Disposable[] = [];
  #path: string;
  #journal: Journal;
  #buffer: ChangeBuffer;
  readonly #deliversEvery: boolean;
  #ledger: WatchLedger;
  #flying: Ticket[] = [];
  #life = 1;
  /** How far the reflector has read; undefined: it must take a snapshot. */
  #position: number | undefined;

  constructor(deliversEvery = false) {
    this.#deliversEvery = deliversEvery;
    this.#buffer = createTestBuffer({}, deliversEvery);
    const folder = temporaryFolder();
    this.#folders.push(folder);
    this.#path = folder.path;
    this.#journal = openJournal({ stateDir: this.#path, clusterUid: "c" });
    this.#ledger = this.#start();
    this.snapshot([]);
  }

  [Symbol.dispose](): void {
    this.#journal.close();
    for (const folder of this.#folders) folder[Symbol.dispose]();
  }

  /** kill -9: what is on disk stays, what is staged or in memory does not. */
  kill(): void {
    const folder = temporaryFolder();
    this.#folders.push(folder);
    const path = join(folder.path, "state");
    cpSync(this.#path, path, { recursive: true });
    this.#journal.close();
    this.#path = path;
    this.#journal = openJournal({ stateDir: path, clusterUid: "c" });
    this.#buffer = createTestBuffer({}, this.#deliversEvery);
    this.#flying = [];
    this.#life += 1;
    this.#ledger = this.#start();
  }

  /** Reads up to `count` events of the stream; after a kill it resumes where the checkpoint is. */
  read(count: number): void {
    if (this.#position === undefined) {
      this.snapshot([]);
      return;
    }
    const from = this.#position;
    const unread = this.cluster.history.filter(({ version }) => version > from).slice(0, count);
    for (const one of unread) {
      this.#tell({ type: "changed", event: one.event, ...this.#object(one) });
      this.#position = one.version;
    }
  }

  /** The history is compacted away: all objects, in any order, and what happens meanwhile. */
  snapshot(
    meanwhile: readonly { readonly name: string; readonly wish: "write" | "delete" }[],
  ): void {
    this.#tell({ type: "snapshotStarted", cause: "expired", replace: false, mode: "watchList" });
    const objects = Array.from(this.cluster.living, ([name, { uid, version }]) => ({
      name,
      uid,
      version,
    }));
    const before = this.cluster.history.length;
    for (const one of objects.toReversed()) this.#tell({ type: "listed", ...this.#object(one) });
    for (const { name, wish } of meanwhile) this.cluster.act(name, wish);
    for (const one of this.cluster.history.slice(before)) {
      const type = one.event === "DELETED" ? "unlisted" : "listed";
      this.#tell({ type, ...this.#object(one) });
    }
    const resourceVersion = String(this.cluster.version);
    this.#tell({ type: "snapshotEnded", resourceVersion, readAtMs: 0 });
    this.#position = this.cluster.version;
  }

  /** Puts up to `count` changes in flight. */
  send(count: number): void {
    const tickets = this.#buffer.take({ entries: count, bytes: 1_000_000 });
    for (const ticket of tickets) this.#ledger.sending(ticket);
    this.#journal.commit();
    this.#flying.push(...tickets);
  }

  /** The queue takes one that is in flight; the answer may get lost on its way to the relay. */
  answer(which: number, answer: "accepted" | "lost" | "refused"): void {
    const [ticket] = this.#flying.splice(which % Math.max(1, this.#flying.length), 1);
    if (ticket === undefined) return;
    if (answer !== "refused") this.#enqueue(ticket);
    if (answer !== "accepted") {
      this.#buffer.giveBack(ticket);
      return;
    }
    this.#buffer.settle(ticket);
    this.#ledger.accepted(ticket);
    this.#journal.commit();
  }

  finish(): void {
    this.read(Number.POSITIVE_INFINITY);
    this.read(Number.POSITIVE_INFINITY);
    while (this.#flying.length > 0 || this.#buffer.size().objects > 0) {
      this.send(10);
      this.answer(0, "accepted");
    }
  }

  #enqueue({ entry }: Ticket): void {
    const { change, name, uid, resourceVersion } = entry;
    const message = { change, name, uid, version: Number(resourceVersion), life: this.#life };
    // The queue knows a message of one life again.
    if (this.queue.some((other) => JSON.stringify(other) === JSON.stringify(message))) return;
    this.queue.push(message);
  }

  #start(): WatchLedger {
    const watch = { key: WATCH, resource: CONFIG_MAPS, selection: "s", initial: [] };
    const ledger = new WatchLedger({
      uncheckpointedAdds: new UncheckpointedAdds(),
      journal: this.#journal,
      buffer: this.#buffer,
      watch,
      leadership: ALONE,
      moved: () => undefined,
    });
    const start = ledger.start();
    this.#position = start.type === "resume" ? Number(start.position) : undefined;
    return ledger;
  }

  #tell(step: WatchStep): void {
    for (const change of this.#ledger.changes(step)) {
      const offered = this.#buffer.offer(change);
      if (offered.outcome === "queued") this.#ledger.opened(offered.ticket);
      if (offered.outcome === "annulled") this.#ledger.annulled(offered.ticket);
    }
    this.#ledger.passed(step);
  }

  #object({ name, uid, version }: Omit<HistoryEvent, "event">) {
    const result = readObject(configMap(name, String(version), { uid }), CONFIG_MAPS);
    if (!result.ok) throw new Error(result.error);
    return { read: result.value, readAtMs: 0 };
  }
}

const name = fc.constantFrom("a", "b", "c");
const wish = fc.constantFrom("write" as const, "write" as const, "delete" as const);
const act = fc.record({ type: fc.constant("act" as const), name, wish });
const step = fc.oneof(
  { weight: 6, arbitrary: act },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("read" as const),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("send" as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("answer" as const),
      which: fc.nat(3),
      answer: fc.constantFrom(
        "accepted" as const,
        "accepted" as const,
        "lost" as const,
        "refused" as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("kill" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("snapshot" as const),
      meanwhile: fc.array(act, { maxLength: 3 }),
    }),
  },
);

function play(
  world: World,
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
): void {
  for (const one of steps) {
    if (one.type === "act") world.cluster.act(one.name, one.wish);
    if (one.type === "read") world.read(one.count);
    if (one.type === "send") world.send(one.count);
    if (one.type === "answer") world.answer(one.which, one.answer);
    if (one.type === "kill") world.kill();
    if (one.type === "snapshot") world.snapshot(one.meanwhile);
  }
  world.finish();
}

/** The last state of every living object is the last that is heard of its name; of what was delivered and is gone, its end. */
function expectNothingLost({ cluster, queue }: World): void {
  for (const [objectName, { uid, version }] of cluster.living) {
    const last = queue.findLast((message) => message.name === objectName);
    expect(last).toMatchObject({ uid, version });
    expect(last?.change).toMatch(/added|modified/);
  }
  const gone = new Set(queue.map((message) => message.uid));
  for (const { uid } of cluster.living.values()) gone.delete(uid);
  for (const uid of gone) {
    expect(queue.findLast((message) => message.uid === uid)?.change).toBe("deleted");
  }
}

function expectNothingInvented({ cluster, queue }: World): void {
  const deleted = new Set(
    cluster.history.flatMap(({ event, uid }) => (event === "DELETED" ? uid : [])),
  );
  const told = queue.filter(({ change }) => change === "deleted").map(({ uid }) => uid);
  expect(told.filter((uid) => !deleted.has(uid))).toEqual([]);
}

/** Within one life: after a kill, states come again from the checkpoint on. */
function expectOrder({ queue }: World): void {
  for (const ofName of Map.groupBy(queue, ({ name, life }) => `${name} ${life}`).values()) {
    const versions = ofName.map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  }
}

/** All that happened to each object, in order; what came again after a kill is left out. */
function expectEveryState({ cluster, queue }: World): void {
  for (const [uid, events] of Map.groupBy(cluster.history, (event) => event.uid)) {
    const heard = queue.filter((message) => message.uid === uid).map(({ version }) => version);
    expect([...new Set(heard)]).toEqual(events.map(({ version }) => version));
  }
}

it("brings every state of every object in order where that is asked for and the history is there, whatever is killed, lost or refused", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 60 }), (steps) => {
      using world = new World(true);
      play(
        world,
        steps.filter(({ type }) => type !== "snapshot"),
      );
      expectEveryState(world);
      expectNothingLost(world);
      expectOrder(world);
    }),
    { numRuns: 150 },
  );
}, 60_000);

it("brings the last state of every object in order, and invents nothing, whatever is killed, lost or refused", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 60 }), (steps) => {
      using world = new World();
      play(world, steps);
      expectNothingLost(world);
      expectNothingInvented(world);
      expectOrder(world);
    }),
    { numRuns: 150 },
  );
}, 60_000);
