import { cpSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { Journal } from "../../../adapters/journal/journal.ts";
import type { SqsEntryOutcome } from "../../../adapters/sqs/send-batch.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { Ticket } from "../../../relay/delivery/buffer.ts";
import { configMap } from "../../support/relay/change.ts";
import {
  createDeliveryScene,
  read,
  type DeliveryScene,
} from "../../support/relay/relay-delivery.ts";
import { createTestBuffer } from "../../support/relay/relay.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

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

/** A relay that can be killed at any moment, and a queue that answers as a test wants. */
class World implements Disposable {
  readonly cluster = new Cluster();
  readonly queue: Message[] = [];
  readonly #folders: Disposable[] = [];
  #path: string;
  #journal: Journal;
  readonly #deliversEvery: boolean;
  #scene: DeliveryScene;
  #flying: Ticket[] = [];
  #life = 1;
  #batchSize = 10;
  /** How far the reflector has read; undefined: it must take a snapshot. */
  #position: number | undefined;

  private constructor(deliversEvery: boolean) {
    this.#deliversEvery = deliversEvery;
    const folder = temporaryFolder();
    this.#folders.push(folder);
    this.#path = folder.path;
    this.#journal = openJournal({ stateDir: this.#path, clusterUid: "c" });
    this.#scene = this.#start();
  }

  static async create(deliversEvery = false): Promise<World> {
    const world = new World(deliversEvery);
    await world.snapshot([]);
    return world;
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
    this.#flying = [];
    this.#life += 1;
    this.#scene = this.#start();
  }

  /** Reads up to `count` events of the stream; after a kill it resumes where the checkpoint is. */
  async read(count: number): Promise<void> {
    if (this.#position === undefined) {
      await this.snapshot([]);
      return;
    }
    const from = this.#position;
    const unread = this.cluster.history.filter(({ version }) => version > from).slice(0, count);
    for (const one of unread) {
      await this.#scene.read({ type: "changed", event: one.event, ...this.#object(one) });
      this.#position = one.version;
    }
  }

  /** The history is compacted away: all objects, in any order, and what happens meanwhile. */
  async snapshot(
    meanwhile: readonly { readonly name: string; readonly wish: "write" | "delete" }[],
  ): Promise<void> {
    await this.#scene.read({
      type: "snapshotStarted",
      cause: "expired",
      replace: false,
      mode: "watchList",
    });
    const objects = Array.from(this.cluster.living, ([name, { uid, version }]) => ({
      name,
      uid,
      version,
    }));
    const before = this.cluster.history.length;
    for (const one of objects.toReversed())
      await this.#scene.read({ type: "listed", ...this.#object(one) });
    for (const { name, wish } of meanwhile) this.cluster.act(name, wish);
    for (const one of this.cluster.history.slice(before)) {
      const type = one.event === "DELETED" ? "unlisted" : "listed";
      await this.#scene.read({ type, ...this.#object(one) });
    }
    const resourceVersion = String(this.cluster.version);
    await this.#scene.read({ type: "snapshotEnded", resourceVersion, readAtMs: 0 });
    this.#position = this.cluster.version;
  }

  /** Puts a batch of up to `count` changes in flight. */
  send(count: number): void {
    this.#batchSize = count;
    this.#flying.push(...this.#scene.send().flat());
  }

  /** The queue takes one that is in flight; the answer may get lost on its way to the relay. */
  answer(which: number, answer: "accepted" | "lost" | "refused"): void {
    const [ticket] = this.#flying.splice(which % Math.max(1, this.#flying.length), 1);
    if (ticket === undefined) return;
    if (answer !== "refused") this.#enqueue(ticket);
    const { delivery } = this.#scene;
    const { refused } = delivery.settle([ticket], [answer === "accepted" ? ACCEPTED : REFUSED]);
    delivery.retry(refused);
    this.#journal.commit();
  }

  async finish(): Promise<void> {
    await this.read(Number.POSITIVE_INFINITY);
    await this.read(Number.POSITIVE_INFINITY);
    while (this.#flying.length > 0 || this.#scene.buffer.size().objects > 0) {
      this.send(10);
      this.answer(0, "accepted");
    }
  }

  #enqueue({ entry }: Ticket): void {
    const { change, name, uid, resourceVersion } = entry;
    const message = { change, name, uid, version: Number(resourceVersion), life: this.#life };
    // The queue drops duplicates within one life.
    if (this.queue.some((other) => JSON.stringify(other) === JSON.stringify(message))) return;
    this.queue.push(message);
  }

  #start(): DeliveryScene {
    const buffer = createTestBuffer({}, this.#deliversEvery);
    const take = buffer.take.bind(buffer);
    buffer.take = ({ bytes }) => take({ entries: this.#batchSize, bytes });
    const scene = createDeliveryScene(this.#journal, { buffer });
    const start = scene.ledger.start();
    this.#position = start.type === "resume" ? Number(start.position) : undefined;
    return scene;
  }

  #object({ name, uid, version }: Omit<HistoryEvent, "event">) {
    return read(configMap(name, String(version), { uid }));
  }
}

const ACCEPTED: SqsEntryOutcome = { outcome: "accepted", messageId: "m" };
const REFUSED: SqsEntryOutcome = {
  outcome: "refused",
  error: new KubemendError("QueueUnreachable", "away", { retryable: true }),
};

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

async function play(
  world: World,
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
): Promise<void> {
  for (const one of steps) {
    if (one.type === "act") world.cluster.act(one.name, one.wish);
    if (one.type === "read") await world.read(one.count);
    if (one.type === "send") world.send(one.count);
    if (one.type === "answer") world.answer(one.which, one.answer);
    if (one.type === "kill") world.kill();
    if (one.type === "snapshot") await world.snapshot(one.meanwhile);
  }
  await world.finish();
}

/** The last message about a name is the last state of its living object; an object that was delivered and deleted ends with `deleted`. */
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
  const reported = queue.filter(({ change }) => change === "deleted").map(({ uid }) => uid);
  expect(reported.filter((uid) => !deleted.has(uid))).toEqual([]);
}

/** Within one life: after a kill, states are sent again from the checkpoint on. */
function expectOrder({ queue }: World): void {
  for (const ofName of Map.groupBy(queue, ({ name, life }) => `${name} ${life}`).values()) {
    const versions = ofName.map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  }
}

/** Everything that happened to each object, in order; what was sent again after a kill is left out. */
function expectEveryState({ cluster, queue }: World): void {
  for (const [uid, events] of Map.groupBy(cluster.history, (event) => event.uid)) {
    const heard = queue.filter((message) => message.uid === uid).map(({ version }) => version);
    expect([...new Set(heard)]).toEqual(events.map(({ version }) => version));
  }
}

it("delivers every state of every object in order if that is configured and the history reaches back, whatever is killed, lost or refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (steps) => {
      using world = await World.create(true);
      await play(
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

it("delivers the last state of every object in order, and invents nothing, whatever is killed, lost or refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (steps) => {
      using world = await World.create();
      await play(world, steps);
      expectNothingLost(world);
      expectNothingInvented(world);
      expectOrder(world);
    }),
    { numRuns: 150 },
  );
}, 60_000);
