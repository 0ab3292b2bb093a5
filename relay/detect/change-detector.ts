import {
  deriveAbsent,
  derivePresent,
  type DeriveOptions,
} from "../../core/changes/derive-change.ts";
import type { ReadObject } from "../../core/changes/read-object.ts";
import { compareResourceVersions, isUpTo } from "../../core/changes/resource-version.ts";
import type { Change } from "./change.ts";
import type { FieldDigests } from "../../core/changes/compare-fields.ts";
import type { FieldDigester } from "./digest-fields.ts";
import type { KnownObject, KnownObjects, OfName } from "./known-objects.ts";
import {
  isGenerationOnly,
  isJournalled,
  type InitialRule,
  type TrackedWatch,
} from "../plan/tracked-watch.ts";
import { toChange, toComparedDeletion } from "./to-change.ts";
import type { WatchStep } from "../reflector/step.ts";

export type ChangeDetectorDeps = {
  readonly watch: TrackedWatch;
  readonly known: KnownObjects;
  readonly progress: WatchProgress;
  /** Set if rules of the watch compare fields. */
  readonly digester?: FieldDigester | undefined;
};

/** The delivery progress of the watch as a whole. */
export type WatchProgress = {
  /** Nothing of this watch was ever reported: the objects that it finds now are not changes. */
  readonly isFirst: () => boolean;
  /** The rules that have not received the initial objects. */
  readonly missingInitial: () => readonly InitialRule[];
  /** The queue has accepted everything up to here, in the order of the stream. */
  readonly acceptedUpTo: () => string;
  /** An object of a first snapshot, known from now on without being sent. */
  readonly journalSilently: (read: ReadObject, digests: FieldDigests | undefined) => void;
  /** The fields of a delivered state, which were not known. */
  readonly learned: (row: KnownObject, digests: FieldDigests) => void;
};

export type Seen = { readonly read: ReadObject; readonly readAtMs: number };

type Snapshot = {
  readonly seen: Set<string>;
  readonly replace: boolean;
  /** States older than the delivered ones, by uid: the server may still be catching up. Those that remain at the end were rolled back. */
  readonly older: Map<string, Seen>;
};

const NOTHING: OfName = { known: undefined, others: [] };

/**
 * Derives the changes of one watch: compares what its reflector reports with what was delivered or is on its way. The rules for that
 * are in core/changes; none are here.
 */
export class ChangeDetector {
  readonly #deps: ChangeDetectorDeps;
  readonly #journalled: boolean;
  readonly #options: DeriveOptions;
  #snapshot: Snapshot | undefined;

  constructor(deps: ChangeDetectorDeps) {
    const { watch } = deps;
    this.#deps = deps;
    this.#journalled = isJournalled(watch);
    const mayReturn = watch.byNamespace === true;
    const unordered = watch.unordered === true;
    this.#options = { generationOnly: isGenerationOnly(watch), mayReturn, unordered };
  }

  /** The changes in a step, in the order in which they must be sent. */
  *changes(step: WatchStep): Generator<Change, void> {
    switch (step.type) {
      case "snapshotStarted":
        this.#snapshot = { seen: new Set(), replace: step.replace, older: new Map() };
        return;
      case "listed":
        this.#snapshot?.seen.add(step.read.uid);
        yield* this.#journalled ? this.#listed(step) : this.#listedEvent(step);
        return;
      case "unlisted":
        this.#snapshot?.seen.delete(step.read.uid);
        this.#snapshot?.older.delete(step.read.uid);
        yield* this.#gone(step);
        return;
      case "snapshotEnded":
        yield* this.#missing(step);
        yield* this.#rolledBack();
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

  /** Whether a complete snapshot has older states than were delivered: etcd was restored from a backup. */
  foundRollback(): boolean {
    return this.#snapshot !== undefined && this.#snapshot.older.size > 0;
  }

  /** True from the start of a snapshot until `compared`. */
  isComparing(): boolean {
    return this.#snapshot !== undefined;
  }

  /** The changes of the whole snapshot are on their way. */
  compared(): void {
    this.#snapshot = undefined;
  }

  /** The changes that an object of a newly selected namespace brings. */
  *entered(seen: Seen): Generator<Change, void> {
    const ofName = this.#journalled ? this.#deps.known.ofName(seen.read) : NOTHING;
    const { known } = ofName;
    if (known?.standing !== "delivered") yield* this.#displaced(seen, ofName);
    const verdict = derivePresent(known, seen.read, this.#options);
    if (verdict === "unchanged" || verdict === "replayed") return;
    yield { ...this.#toChange(verdict, seen, { known, gap: false }), onlyNamespace: true };
  }

  /** The objects of a namespace that is no longer selected, as deletions that must be confirmed. */
  *leaving(namespace: string, readAtMs: number): Generator<Change, void> {
    if (!this.#journalled) return;
    for (const known of this.#deps.known.missing(new Set())) {
      if (known.namespace !== namespace) continue;
      const { resourceVersion } = known;
      const deletion = toComparedDeletion(this.#deps.watch, known, { resourceVersion, readAtMs });
      yield { ...deletion, onlyNamespace: true };
    }
  }

  *#listed(seen: Seen): Generator<Change, void> {
    const { known: objects, progress } = this.#deps;
    const { read } = seen;
    const ofName = objects.ofName(read);
    const { known } = ofName;
    const replace = this.#snapshot?.replace ?? false;
    if (!replace && known === undefined && objects.isSuperseded(read, ofName)) return;
    let displaced = 0;
    for (const deletion of this.#displaced(seen, ofName)) {
      displaced += 1;
      yield deletion;
    }
    const derived = derivePresent(known, read, { ...this.#options, replace });
    // The last message about a name must be about the object that has it.
    const verdict = derived === "unchanged" && displaced > 0 ? "modified" : derived;
    if (verdict === "replayed") {
      this.#snapshot?.older.set(read.uid, seen);
      return;
    }
    this.#snapshot?.older.delete(read.uid);
    if (!progress.isFirst()) {
      if (verdict === "unchanged") {
        this.#learn(read, known);
        yield* this.#initial(seen, known);
      } else yield this.#toChange(verdict, seen, { known, gap: true });
    } else if (verdict !== "unchanged") {
      if (progress.missingInitial().length === 0) {
        progress.journalSilently(read, this.#deps.digester?.digest(read));
      } else yield* this.#initial(seen, known);
    }
  }

  /** Another object had this name and its deletion was not seen: that deletion comes first. */
  *#displaced({ read, readAtMs }: Seen, ofName: OfName): Generator<Change, void> {
    const { resourceVersion } = read;
    for (const other of this.#deps.known.displacedBy(read, ofName)) {
      yield toComparedDeletion(this.#deps.watch, other, { resourceVersion, readAtMs });
    }
  }

  /** After a rollback the delivered states no longer exist: the present ones take their place. */
  *#rolledBack(): Generator<Change, void> {
    for (const seen of this.#snapshot?.older.values() ?? []) {
      const { known } = this.#deps.known.ofName(seen.read);
      const verdict = derivePresent(known, seen.read, { ...this.#options, replace: true });
      if (verdict === "unchanged" || verdict === "replayed") continue;
      yield this.#toChange(verdict, seen, { known, gap: true });
    }
  }

  *#listedEvent(seen: Seen): Generator<Change, void> {
    if (this.#deps.progress.isFirst()) {
      yield* this.#initial(seen, undefined);
      return;
    }
    // Events have no rows. The checkpoint shows which were sent: all up to it.
    const isSent = isUpTo(seen.read.resourceVersion, this.#deps.progress.acceptedUpTo());
    if (isSent && this.#snapshot?.replace !== true) return;
    yield this.#toChange("added", seen, { known: undefined, gap: true });
  }

  /** An initial object, for the rules that asked for those. */
  *#initial(seen: Seen, known: KnownObject | undefined): Generator<Change, void> {
    const missing = this.#deps.progress.missingInitial();
    if (missing.length === 0) return;
    const initial = missing.flatMap(({ ruleId }) => ruleId ?? []);
    yield this.#toChange("added", seen, { known, gap: false, initial });
  }

  *#changed(event: "ADDED" | "MODIFIED", seen: Seen): Generator<Change, void> {
    if (!this.#journalled) {
      const change = event === "ADDED" ? "added" : "modified";
      yield this.#toChange(change, seen, { known: undefined, gap: false });
      return;
    }
    const ofName = this.#deps.known.ofName(seen.read);
    const { known } = ofName;
    if (known === undefined && this.#deps.known.isSuperseded(seen.read, ofName)) return;
    const verdict = derivePresent(known, seen.read, { ...this.#options, mayReturn: false });
    if (verdict === "unchanged" || verdict === "replayed") return;
    if (this.#wasMerged(known, seen.read)) return;
    yield this.#toChange(verdict, seen, { known, gap: false });
  }

  /**
   * Whether this state was merged into a later one, which this relay has sent before it was restarted. The later one is read again and
   * sent again, with the same answer about its fields; if this one were sent first, their change might be reported twice.
   */
  #wasMerged(known: KnownObject | undefined, { resourceVersion }: ReadObject): boolean {
    if (known?.sentVersion === undefined || this.#options.unordered === true) return false;
    return compareResourceVersions(known.sentVersion, resourceVersion) === "newer";
  }

  /** The fields of a state that was delivered without being digested: before the rule existed, or with another key. */
  #learn(read: ReadObject, known: KnownObject | undefined): void {
    const { digester, progress } = this.#deps;
    if (digester === undefined || known === undefined || known.isPending === true) return;
    const { digests: have, resourceVersion } = known;
    if (resourceVersion !== read.resourceVersion) return;
    if (have !== undefined && digester.ids.every((id) => Object.hasOwn(have, id))) return;
    const digests = digester.digest(read);
    if (digests !== undefined) progress.learned(known, digests);
  }

  #toChange(
    change: "added" | "modified" | "deleted",
    seen: Seen,
    facts: Parameters<typeof toChange>[3],
  ): Change {
    const digests = change === "deleted" ? undefined : this.#deps.digester?.digest(seen.read);
    return toChange(this.#key, change, seen, { ...facts, digests });
  }

  *#gone(seen: Seen): Generator<Change, void> {
    if (!this.#journalled) return;
    const { known } = this.#deps.known.ofName(seen.read);
    const { resourceVersion } = seen.read;
    if (deriveAbsent(known, resourceVersion, this.#options) !== "deleted") return;
    yield this.#toChange("deleted", seen, { known, gap: false });
  }

  *#missing(end: {
    readonly resourceVersion: string;
    readonly readAtMs: number;
  }): Generator<Change, void> {
    if (!this.#journalled || this.#snapshot === undefined) return;
    for (const gone of this.#deps.known.missing(this.#snapshot.seen)) {
      yield toComparedDeletion(this.#deps.watch, gone, end);
    }
  }

  get #key(): string {
    return this.#deps.watch.key;
  }
}
