import {
  deriveAbsent,
  derivePresent,
  type DeriveOptions,
  type KnownState,
} from "../core/changes/derive-change.ts";
import type { ReadObject } from "../core/changes/read-object.ts";
import { compareResourceVersions } from "../core/changes/resource-version.ts";
import type { Journal } from "../adapters/journal/journal.ts";
import type { ResourceType } from "../events/change.ts";
import type { ChangeBuffer, Ticket } from "./buffer.ts";
import { isFarewell, type Change } from "./change.ts";
import { createCheckpointTracker } from "./checkpoint.ts";
import { KnownObjects } from "./known-objects.ts";
import { toChange, toComparedDeletion } from "./to-change.ts";
import type { ReflectorStart } from "./watch.ts";
import type { WatchStep } from "./watch/step.ts";

/** Rows that are journalled without being sent are committed in such lots. */
const SILENT_ROWS_PER_COMMIT = 1_000;

export type LedgerDeps = {
  readonly journal: Journal;
  readonly buffer: ChangeBuffer;
  readonly watch: LedgerWatch;
  /** A new epoch, durable, before anything of a history that went back is sent. */
  readonly raiseEpoch: () => void;
  /** The checkpoint has moved. */
  readonly moved: () => void;
};

export type LedgerWatch = {
  readonly key: string;
  readonly resource: ResourceType;
  /** Canonical text of what is watched: a checkpoint of anything else says nothing. */
  readonly selection: string;
  /** Namespaces are selected by label: objects enter and leave with these, as they are. */
  readonly byNamespace?: boolean | undefined;
  /** Who wants the objects of the start: rules with `initial: include`, and an explicit entry, which has no id. */
  readonly initial: readonly { readonly key: string; readonly ruleId: string | undefined }[];
};

type Snapshot = { readonly seen: Set<string>; readonly replace: boolean };

type Seen = { readonly read: ReadObject; readonly readAtMs: number };

/**
 * The book of one watch: compares what the reflector tells with what was delivered or is on its way, and says what is
 * news; keeps row and checkpoint of what the queue has accepted. It owns no rule of its own about what is news: those are
 * in core/changes.
 */
export class WatchLedger {
  readonly #deps: LedgerDeps;
  readonly #known: KnownObjects;
  readonly #tracker = createCheckpointTracker<Ticket>();
  /** Kubernetes Events are news themselves: their deletion is expiry, and nobody keeps a row for each. */
  readonly #journalled: boolean;
  /** Of our own records the status is ours: only what a human writes is news. */
  readonly #generationOnly: boolean;
  #first: boolean;
  #missingInitial: LedgerWatch["initial"];
  #accepted: string;
  #snapshot: Snapshot | undefined;
  #silentRows = 0;

  constructor(deps: LedgerDeps) {
    const { journal, watch } = deps;
    this.#deps = deps;
    this.#known = new KnownObjects(journal, deps.buffer, watch.key);
    this.#journalled = !isKubernetesEvent(watch.resource);
    this.#generationOnly = isOwnRecord(watch.resource);
    const checkpoint = journal.checkpoint(watch.key);
    this.#first = checkpoint === undefined;
    this.#accepted = checkpoint?.resourceVersion ?? "";
    const done = new Set(journal.initialRules(watch.key));
    this.#missingInitial = watch.initial.filter(({ key }) => !done.has(key));
  }

  /** Where the reflector begins. */
  start(): ReflectorStart {
    const { journal, watch } = this.#deps;
    const checkpoint = journal.checkpoint(watch.key);
    const resumable =
      checkpoint !== undefined &&
      checkpoint.resourceVersion !== "" &&
      checkpoint.selection === watch.selection;
    if (!resumable) return { type: "snapshot", cause: "start", replace: false };
    // What entered or left while nobody looked is found only by comparing.
    if (watch.byNamespace === true) return { type: "snapshot", cause: "start", replace: false };
    if (this.#missingInitial.length > 0) {
      return { type: "snapshot", cause: "initial", replace: false };
    }
    return { type: "resume", position: checkpoint.resourceVersion };
  }

  /** What is news in a step, in the order in which it must be sent. */
  *changes(step: WatchStep): Generator<Change, void> {
    switch (step.type) {
      case "snapshotStarted":
        this.#snapshot = { seen: new Set(), replace: step.replace };
        if (step.replace) this.#forgetPosition();
        return;
      case "listed":
        this.#snapshot?.seen.add(step.read.uid);
        yield* this.#journalled ? this.#listed(step) : this.#listedEvent(step);
        return;
      case "unlisted":
        this.#snapshot?.seen.delete(step.read.uid);
        yield* this.#gone(step);
        return;
      case "snapshotEnded":
        yield* this.#missing(step);
        return;
      case "changed":
        yield* step.event === "DELETED" ? this.#gone(step) : this.#changed(step.event, step);
        return;
      case "resumed":
      case "bookmark":
      case "interrupted":
        return;
    }
  }

  /** Between the begin of a snapshot and its end. */
  isComparing(): boolean {
    return this.#snapshot !== undefined;
  }

  /** What is news in an object of a namespace that is selected from now on. */
  *entered(seen: Seen): Generator<Change, void> {
    const known = this.#journalled ? this.#known.find(seen.read.uid) : undefined;
    if (known?.standing !== "delivered") yield* this.#displaced(seen);
    const verdict = derivePresent(known, seen.read, this.#options);
    if (verdict === "unchanged" || verdict === "replayed") return;
    yield { ...toChange(this.#key, verdict, seen, { known, gap: false }), onlyNamespace: true };
  }

  /** The objects of a namespace that is no longer selected, as deletions that must be confirmed. */
  *leaving(namespace: string, readAtMs: number): Generator<Change, void> {
    if (!this.#journalled) return;
    for (const known of this.#known.missing(new Set())) {
      if (known.namespace !== namespace) continue;
      const { resourceVersion } = known;
      const deletion = toComparedDeletion(this.#deps.watch, known, { resourceVersion, readAtMs });
      yield { ...deletion, onlyNamespace: true };
    }
  }

  /** The changes of a step are in the buffer: the stream is past them. */
  passed(step: WatchStep): void {
    if (step.type === "changed") this.#advance(step.read.resourceVersion, []);
    if (step.type === "bookmark") this.#advance(step.resourceVersion, []);
    if (step.type === "snapshotEnded") {
      this.#advance(
        step.resourceVersion,
        this.#missingInitial.map(({ key }) => key),
      );
      this.#first = false;
      this.#missingInitial = [];
      this.#snapshot = undefined;
    }
    if (step.type === "bookmark" || step.type === "snapshotEnded") this.save();
  }

  opened(ticket: Ticket): void {
    this.#tracker.open(ticket);
  }

  annulled(ticket: Ticket): void {
    this.#tracker.close(ticket);
  }

  /**
   * It is about to be sent. Of an object that the queue has never had, this is written down first: who is killed before
   * the answer comes may have delivered it, and owes its deletion. Durable with the next commit.
   */
  sending(ticket: Ticket): void {
    const { entry } = ticket;
    if (!this.#journalled || entry.delivered || isFarewell(entry.change)) return;
    this.#deps.journal.stageRow(entry.watch, { ...entry, standing: "attempted" });
  }

  /** The queue has it. Durable with the next commit. */
  accepted(ticket: Ticket): void {
    const { entry } = ticket;
    if (this.#journalled) {
      const standing = isFarewell(entry.change) ? "gone" : "delivered";
      this.#deps.journal.stageRow(entry.watch, { ...entry, standing });
    }
    this.#tracker.close(ticket);
    this.#stageCheckpoint();
  }

  /** Writes down how far the watch has come. */
  save(): void {
    this.#stageCheckpoint();
    this.#deps.journal.commit();
  }

  *#listed(seen: Seen): Generator<Change, void> {
    const { read } = seen;
    const known = this.#known.find(read.uid);
    const replace = this.#snapshot?.replace ?? false;
    if (!replace && known === undefined && this.#known.isSuperseded(read)) return;
    if (known?.standing !== "delivered") yield* this.#displaced(seen);
    const verdict = derivePresent(known, read, { ...this.#options, replace });
    if (verdict === "replayed") return;
    if (!this.#first) {
      if (verdict === "unchanged") yield* this.#initial(seen, known);
      else yield toChange(this.#key, verdict, seen, { known, gap: true });
    } else if (verdict !== "unchanged") {
      if (this.#missingInitial.length === 0) this.#journalSilently(read);
      else yield* this.#initial(seen, known);
    }
  }

  /** Another object had this name, and its deletion was not seen: it comes first. */
  *#displaced({ read, readAtMs }: Seen): Generator<Change, void> {
    const { resourceVersion } = read;
    for (const other of this.#known.displacedBy(read)) {
      yield toComparedDeletion(this.#deps.watch, other, { resourceVersion, readAtMs });
    }
  }

  *#listedEvent(seen: Seen): Generator<Change, void> {
    if (this.#first) {
      yield* this.#initial(seen, undefined);
      return;
    }
    // Without a journal the checkpoint tells which Events were sent: all up to it.
    const order = compareResourceVersions(seen.read.resourceVersion, this.#accepted);
    const isSent = order === "older" || order === "same";
    if (isSent && this.#snapshot?.replace !== true) return;
    yield toChange(this.#key, "added", seen, { known: undefined, gap: true });
  }

  /** An object of the start, for the rules that asked for these. */
  *#initial(seen: Seen, known: KnownState | undefined): Generator<Change, void> {
    if (this.#missingInitial.length === 0) return;
    const initial = this.#missingInitial.flatMap(({ ruleId }) => ruleId ?? []);
    yield toChange(this.#key, "added", seen, { known, gap: false, initial });
  }

  *#changed(event: "ADDED" | "MODIFIED", seen: Seen): Generator<Change, void> {
    if (!this.#journalled) {
      const change = event === "ADDED" ? "added" : "modified";
      yield toChange(this.#key, change, seen, { known: undefined, gap: false });
      return;
    }
    const known = this.#known.find(seen.read.uid);
    if (known === undefined && this.#known.isSuperseded(seen.read)) return;
    const verdict = derivePresent(known, seen.read, { generationOnly: this.#generationOnly });
    if (verdict === "unchanged" || verdict === "replayed") return;
    yield toChange(this.#key, verdict, seen, { known, gap: false });
  }

  *#gone(seen: Seen): Generator<Change, void> {
    if (!this.#journalled) return;
    const known = this.#known.find(seen.read.uid);
    if (deriveAbsent(known, seen.read.resourceVersion) !== "deleted") return;
    yield toChange(this.#key, "deleted", seen, { known, gap: false });
  }

  *#missing(end: {
    readonly resourceVersion: string;
    readonly readAtMs: number;
  }): Generator<Change, void> {
    if (!this.#journalled || this.#snapshot === undefined) return;
    for (const gone of this.#known.missing(this.#snapshot.seen)) {
      yield toComparedDeletion(this.#deps.watch, gone, end);
    }
  }

  #journalSilently(read: ReadObject): void {
    const { journal } = this.#deps;
    if (this.#journalled) journal.stageRow(this.#key, { ...read, standing: "delivered" });
    this.#silentRows += 1;
    if (this.#silentRows % SILENT_ROWS_PER_COMMIT === 0) journal.commit();
  }

  #forgetPosition(): void {
    const { journal, watch, raiseEpoch } = this.#deps;
    if (!this.#first) {
      journal.stageCheckpoint(watch.key, { resourceVersion: "", selection: watch.selection });
    }
    journal.commit();
    raiseEpoch();
  }

  #advance(resourceVersion: string, initialRules: readonly string[]): void {
    this.#tracker.advance({ resourceVersion, initialRules });
  }

  #stageCheckpoint(): void {
    const { journal, watch, moved } = this.#deps;
    const position = this.#tracker.take();
    if (position === undefined) return;
    const { resourceVersion, initialRules } = position;
    this.#accepted = resourceVersion;
    journal.stageCheckpoint(watch.key, { resourceVersion, selection: watch.selection });
    if (initialRules.length > 0) journal.stageInitialRules(watch.key, initialRules);
    moved();
  }

  get #options(): DeriveOptions {
    const mayReturn = this.#deps.watch.byNamespace === true;
    return { generationOnly: this.#generationOnly, mayReturn };
  }

  get #key(): string {
    return this.#deps.watch.key;
  }
}

function isKubernetesEvent(resource: ResourceType): boolean {
  const { group } = resource;
  return resource.resource === "events" && (group === "" || group === "events.k8s.io");
}

function isOwnRecord(resource: ResourceType): boolean {
  return resource.group === "kubemend.dev" && resource.resource === "remediations";
}
