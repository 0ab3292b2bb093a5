import { cpSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import type { SqsEntryOutcome } from "../../../adapters/sqs/send-batch.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { ChangedAnswer } from "../../../events/change.ts";
import type { Ticket } from "../../../relay/delivery/buffer.ts";
import {
  changedWith,
  createComparedScene,
  readAnswer,
} from "../../support/relay/compared-relay.ts";
import { listedWith } from "../../support/relay/compared-relay.ts";
import { openTestJournal, type DeliveryScene } from "../../support/relay/relay-delivery.ts";
import { createFakeLeadership, type FakeLeadership } from "../../support/relay/relay-leadership.ts";

import { temporaryFolder } from "../../support/host/temporary-folder.ts";

type State = { readonly name: string; readonly version: number; readonly value: string };
type Message = State & {
  readonly change: string;
  readonly gap: boolean;
  readonly answer: ChangedAnswer | undefined;
};

/** The objects a and b, which exist all the time, and all their states. */
class Cluster {
  readonly history: State[] = [
    { name: "a", version: 1, value: "A" },
    { name: "b", version: 2, value: "A" },
  ];

  write(name: string, value: string): void {
    this.history.push({ name, value, version: this.version + 1 });
  }

  get version(): number {
    return this.history.length;
  }

  newest(name: string): State | undefined {
    return this.history.findLast((state) => state.name === name);
  }
}

/** A relay process with a state folder: it can be killed, and started again as it was stored. */
class Relay implements Disposable {
  readonly #cluster: Cluster;
  readonly #queue: Message[];
  readonly #lease: FakeLeadership | undefined;
  readonly #folders: Disposable[] = [];
  #path: string;
  #journal: Journal;
  #scene: DeliveryScene;
  #flying: Ticket[] = [];
  #position: number | undefined;

  constructor(cluster: Cluster, queue: Message[], lease?: FakeLeadership) {
    this.#cluster = cluster;
    this.#queue = queue;
    this.#lease = lease;
    this.#path = this.#newFolder();
    this.#journal = openTestJournal(this.#path);
    this.#scene = this.#create();
  }

  [Symbol.dispose](): void {
    this.#journal.close();
    for (const folder of this.#folders) folder[Symbol.dispose]();
  }

  /** kill -9 and a new start: what is staged or in memory is lost. */
  kill(): void {
    const path = join(this.#newFolder(), "state");
    cpSync(this.#path, path, { recursive: true });
    this.#journal.close();
    this.#path = path;
    this.#journal = openTestJournal(path);
    this.restart();
  }

  /** Begins from the journal again. */
  restart(): void {
    this.#flying = [];
    this.#scene = this.#create();
  }

  async read(count: number): Promise<void> {
    if (!this.#scene.ledger.mayBegin()) return;
    if (this.#position === undefined) {
      await this.snapshot();
      return;
    }
    const from = this.#position;
    const unread = this.#cluster.history.filter(({ version }) => version > from);
    for (const { name, version, value } of unread.slice(0, count)) {
      await this.#scene.read(changedWith("MODIFIED", name, String(version), value));
      this.#position = version;
    }
  }

  async snapshot(): Promise<void> {
    if (!this.#scene.ledger.mayBegin()) return;
    const cause = this.#position === undefined ? ("start" as const) : ("expired" as const);
    await this.#scene.read({ type: "snapshotStarted", cause, replace: false, mode: "watchList" });
    for (const name of ["a", "b"]) {
      const state = this.#cluster.newest(name);
      if (state === undefined) continue;
      await this.#scene.read(listedWith(name, String(state.version), state.value));
    }
    const resourceVersion = String(this.#cluster.version);
    await this.#scene.read({ type: "snapshotEnded", resourceVersion, readAtMs: 0 });
    this.#position = this.#cluster.version;
  }

  send(): void {
    this.#flying.push(...this.#scene.send().flat());
  }

  /** `lost`: the queue has it, and its answer never arrives. `uncommitted`: the process may die before the answer is recorded. */
  answer(answer: "accepted" | "uncommitted" | "lost" | "refused"): void {
    const ticket = this.#flying.shift();
    if (ticket === undefined) return;
    if (answer !== "refused") this.#enqueue(ticket);
    const { delivery } = this.#scene;
    const isKnown = answer === "accepted" || answer === "uncommitted";
    const { refused } = delivery.settle([ticket], [isKnown ? ACCEPTED : REFUSED]);
    delivery.retry(refused);
    if (answer !== "uncommitted") this.#journal.commit();
  }

  hasUnsent(): boolean {
    return this.#flying.length > 0 || this.#scene.buffer.size().objects > 0;
  }

  /** The content that this relay writes into the Lease. */
  publication(): ReturnType<DeliveryScene["ledger"]["toLeaseCheckpoint"]> {
    return this.#scene.ledger.toLeaseCheckpoint();
  }

  /** A standby reads the Lease. */
  async look(): Promise<void> {
    const over = new AbortController();
    const outcome = this.#scene.delivery.standBy(over.signal);
    over.abort();
    if ((await outcome) === "restart") this.restart();
  }

  async takeOver(): Promise<void> {
    this.#lease?.lead();
    const outcome = await this.#scene.delivery.standBy(new AbortController().signal);
    if (outcome === "promote") return;
    this.restart();
    this.#scene.delivery.beginTerm();
  }

  #create(): DeliveryScene {
    const leadership = this.#lease?.leadership;
    const scene = createComparedScene(
      this.#journal,
      leadership === undefined ? {} : { leadership },
    );
    this.#position = undefined;
    if (!scene.ledger.mayBegin()) return scene;
    const start = scene.ledger.start();
    if (start.type === "resume") this.#position = Number(start.position);
    return scene;
  }

  #enqueue({ entry }: Ticket): void {
    const { name, resourceVersion, change, gap } = entry;
    const version = Number(resourceVersion);
    const value = this.#cluster.history[version - 1]?.value ?? "";
    this.#queue.push({ name, version, value, change, gap, answer: readAnswer(entry) });
  }

  #newFolder(): string {
    const folder = temporaryFolder();
    this.#folders.push(folder);
    return folder.path;
  }
}

const ACCEPTED: SqsEntryOutcome = { outcome: "accepted", messageId: "m" };
const REFUSED: SqsEntryOutcome = {
  outcome: "refused",
  error: new KubemendError("QueueUnreachable", "away", { retryable: true }),
};

/** Before the first message, what is known is the value of the first start. */
const FIRST_VALUE = "A";

/**
 * Each answer of a relay alone against what the queue had accepted before. A state that comes again has its earlier answer, or none; any
 * other is compared with the state before it. Nothing but a gap makes an answer unknown, because every state has been read whole.
 */
function expectAnswersAboutTheQueue(queue: readonly Message[], hasGaps: boolean): void {
  const wrong = queue.filter(({ name, version, value, answer, change }, index) => {
    if (answer === "unknown") return change === "modified" && !hasGaps;
    const before = queue.slice(0, index).filter((other) => other.name === name);
    const last = before.findLast((other) => other.version !== version)?.value ?? FIRST_VALUE;
    const same = before.filter((other) => other.version === version);
    const earlier = same.find((other) => other.answer !== "unknown")?.answer;
    return answer !== (earlier ?? (last === value ? "no" : "yes"));
  });
  expect({ wrong, queue }).toEqual({ wrong: [], queue });
}

/** Relays of one Lease send every state, so each answer is about the state before it, whoever gives it and however often. */
function expectAnswersAboutTheStates({ history }: Cluster, queue: readonly Message[]): void {
  const wrong = queue.filter(({ name, version, value, answer, change, gap }) => {
    if (change !== "modified" || gap) return answer !== "unknown";
    const before = history.findLast((state) => state.name === name && state.version < version);
    return answer !== (before?.value === value ? "no" : "yes");
  });
  expect({ wrong, queue }).toEqual({ wrong: [], queue });
}

/** Each run opens a few journals. */
const RUNS = 60;

const name = fc.constantFrom("a", "b");
const value = fc.constantFrom("A", "A", "B", "C");
const COMMON = [
  { weight: 6, arbitrary: fc.record({ type: fc.constant("write" as const), name, value }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("send" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("answer" as const),
      answer: fc.constantFrom(
        "accepted" as const,
        "accepted" as const,
        "uncommitted" as const,
        "lost" as const,
        "refused" as const,
      ),
    }),
  },
];

const step = fc.oneof(
  ...COMMON,
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("read" as const),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("kill" as const) }) },
  { weight: 1, arbitrary: fc.constant({ type: "snapshot" as const }) },
);

it("a relay alone never gives a wrong answer, and each that it can know, whatever is killed, lost or refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 50 }), async (steps) => {
      const cluster = new Cluster();
      const queue: Message[] = [];
      using relay = new Relay(cluster, queue);
      await relay.snapshot();
      for (const one of steps) {
        if (one.type === "write") cluster.write(one.name, one.value);
        if (one.type === "read") await relay.read(one.count);
        if (one.type === "send") relay.send();
        if (one.type === "answer") relay.answer(one.answer);
        if (one.type === "kill") relay.kill();
        if (one.type === "snapshot") await relay.snapshot();
      }
      await finish(relay);
      expectAnswersAboutTheQueue(
        queue,
        steps.some(({ type }) => type === "snapshot"),
      );
    }),
    { numRuns: RUNS },
  );
}, 120_000);

const pairStep = fc.oneof(
  ...COMMON,
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("read" as const),
      count: fc.integer({ min: 1, max: 4 }),
      which: fc.constantFrom("leader" as const, "standby" as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("publish" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("failOver" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("snapshot" as const) }) },
);

/** Two relays of one Lease. The leader may die at any time, and comes back as a standby. */
class Pair implements Disposable {
  readonly cluster: Cluster = new Cluster();
  readonly queue: Message[] = [];
  readonly leases: readonly FakeLeadership[] = [createFakeLeadership(), createFakeLeadership()];
  readonly relays: readonly Relay[];
  leading = 0;

  constructor() {
    this.leases[0]?.lead();
    this.relays = this.leases.map((lease) => new Relay(this.cluster, this.queue, lease));
  }

  [Symbol.dispose](): void {
    for (const relay of this.relays) relay[Symbol.dispose]();
  }

  get leader(): Relay {
    return this.relays[this.leading] as Relay;
  }

  get standby(): Relay {
    return this.relays[1 - this.leading] as Relay;
  }

  async publish(): Promise<void> {
    const checkpoint = this.leader.publication();
    if (checkpoint === undefined) return;
    for (const lease of this.leases) lease.setCheckpoint(checkpoint.resourceVersion, checkpoint);
    await this.standby.look();
  }

  async failOver(): Promise<void> {
    this.leases[this.leading]?.loseTerm();
    this.leader.kill();
    this.leading = 1 - this.leading;
    await this.leader.takeOver();
  }
}

it("relays of one Lease never give a wrong answer, whoever dies and takes over", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pairStep, { minLength: 30, maxLength: 80 }), async (steps) => {
      using pair = new Pair();
      await pair.leader.snapshot();
      await pair.publish();
      pair.standby.restart();
      for (const one of steps) {
        if (one.type === "write") pair.cluster.write(one.name, one.value);
        if (one.type === "read") await pair[one.which].read(one.count);
        if (one.type === "send") pair.leader.send();
        if (one.type === "answer") pair.leader.answer(one.answer);
        if (one.type === "publish") await pair.publish();
        if (one.type === "failOver") await pair.failOver();
        if (one.type === "snapshot") await pair.standby.snapshot();
      }
      await finish(pair.leader);
      expectAnswersAboutTheStates(pair.cluster, pair.queue);
    }),
    { numRuns: RUNS },
  );
}, 120_000);

/** Everything is read, and the queue accepts everything. */
async function finish(relay: Relay): Promise<void> {
  await relay.read(Number.POSITIVE_INFINITY);
  await relay.read(Number.POSITIVE_INFINITY);
  while (relay.hasUnsent()) {
    relay.send();
    relay.answer("accepted");
  }
}
