import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Journal } from "../../../adapters/journal/journal.ts";
import type { SqsEntryOutcome } from "../../../adapters/sqs/send-batch.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { ChangedAnswer } from "../../../events/change.ts";
import type { Ticket } from "../../../relay/delivery/buffer.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import {
  changedWith,
  createComparedScene,
  listedWith,
  readAnswer,
} from "../../support/relay/compared-relay.ts";
import { openTestJournal, type DeliveryScene } from "../../support/relay/relay-delivery.ts";
import { createFakeLeadership, type FakeLeadership } from "../../support/relay/relay-leadership.ts";

const ACCEPTED: SqsEntryOutcome = { outcome: "accepted", messageId: "m" };
const REFUSED: SqsEntryOutcome = {
  outcome: "refused",
  error: new KubemendError("QueueUnreachable", "away", { retryable: true }),
};

type State = { readonly name: string; readonly version: number; readonly value: string };
export type Message = State & {
  readonly change: string;
  readonly gap: boolean;
  readonly answer: ChangedAnswer | undefined;
};

/** The objects a and b, which exist all the time, and all their states. */
export class Cluster {
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
export class Relay implements Disposable {
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

/** Two relays of one Lease. The leader may die at any time, and comes back as a standby. */
export class Pair implements Disposable {
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
