import type { Journal } from "../../adapters/journal/journal.ts";
import type { Predecessor } from "../handover/predecessor.ts";
import type { FieldDigester } from "../detect/digest-fields.ts";
import type { WatchHandover } from "../handover/watch-handover.ts";
import type { InitialRule, TrackedWatch } from "../plan/tracked-watch.ts";
import type { ReflectorStart } from "../reflector/reflect.ts";

export type WatchStartDeps = {
  readonly journal: Pick<
    Journal,
    "checkpoint" | "initialRules" | "stageInitialRules" | "note" | "stageNote"
  >;
  readonly watch: TrackedWatch;
  readonly handover: WatchHandover;
  readonly predecessor: Pick<Predecessor, "isUnseen">;
  readonly digester?: FieldDigester | undefined;
};

/** Where the reflector of a watch begins, and what its first snapshot is for. */
export class WatchStart {
  readonly #deps: WatchStartDeps;
  #isFirst = false;
  #missingInitial: readonly InitialRule[] = [];

  constructor(deps: WatchStartDeps) {
    this.#deps = deps;
    this.#forgetDigested();
    this.#examine();
  }

  /** Whether nothing of this watch was ever reported. */
  isFirst(): boolean {
    return this.#isFirst;
  }

  /** The rules that have not received the initial objects. */
  missingInitial(): readonly InitialRule[] {
    return this.#missingInitial;
  }

  /** False for a standby if neither its journal nor the Lease has a checkpoint to begin at. */
  isKnown(): boolean {
    const { journal, watch, handover } = this.#deps;
    if (handover.isLeader() || handover.checkpoint() !== undefined) return true;
    return journal.checkpoint(watch.key) !== undefined;
  }

  plan(): ReflectorStart {
    const { journal, watch, handover, predecessor } = this.#deps;
    this.#examine();
    const mustReplace = handover.isReplacing() || handover.isBehind();
    if (mustReplace || (this.#isJournalLost() && handover.isLeader())) {
      return { type: "snapshot", cause: "start", replace: true };
    }
    const compare = { type: "snapshot", cause: "start", replace: false } as const;
    const checkpoint = journal.checkpoint(watch.key);
    const isResumable =
      checkpoint !== undefined &&
      checkpoint.resourceVersion !== "" &&
      checkpoint.selection === watch.selection;
    if (!isResumable) return compare;
    // What entered or left the selection while nobody was watching is found only by comparing.
    if (watch.byNamespace === true || watch.unordered === true) return compare;
    if (this.#missingInitial.length > 0) return { ...compare, cause: "initial" };
    // Objects that were delivered before these fields were compared are read once more, so that their next change can be compared.
    if (this.#lacksDigests()) return compare;
    if (predecessor.isUnseen()) return compare;
    return { type: "resume", position: checkpoint.resourceVersion };
  }

  /** The whole snapshot is in the buffer. The digests of its fields are staged. */
  snapshotEnded(): void {
    if (this.#lacksDigests()) this.#stageDigested(this.#deps.digester?.ids ?? []);
    this.#isFirst = false;
    this.#missingInitial = [];
  }

  /** The rules that neither this relay nor the leader has given the initial objects. What the leader did is staged. */
  readMissingInitial(): readonly InitialRule[] {
    const { journal, watch, handover } = this.#deps;
    const done = new Set(journal.initialRules(watch.key));
    const missing = watch.initial.filter(({ key }) => !done.has(key));
    const doneByLeader = missing.filter(({ key }) => handover.hasInitial(key));
    if (doneByLeader.length > 0) {
      journal.stageInitialRules(
        watch.key,
        doneByLeader.map(({ key }) => key),
      );
    }
    return missing.filter((rule) => !doneByLeader.includes(rule));
  }

  #lacksDigests(): boolean {
    const digested = this.#readDigested();
    return this.#deps.digester?.ids.some((id) => !digested.includes(id)) ?? false;
  }

  /** The sets of fields that the journal knows of each object whose state was read whole. */
  #readDigested(): readonly string[] {
    return this.#deps.journal.note(this.#digestedNote())?.split(" ") ?? [];
  }

  #stageDigested(ids: readonly string[]): void {
    this.#deps.journal.stageNote(
      this.#digestedNote(),
      ids.length === 0 ? undefined : ids.join(" "),
    );
  }

  /** Of the states that are delivered from now on, only the sets are known that rules compare now. */
  #forgetDigested(): void {
    const before = this.#readDigested();
    const kept = before.filter((id) => this.#deps.digester?.ids.includes(id) === true);
    if (kept.length < before.length) this.#stageDigested(kept);
  }

  #digestedNote(): string {
    return `digested ${this.#deps.watch.key}`;
  }

  #examine(): void {
    const { journal, watch, handover } = this.#deps;
    this.#isFirst = journal.checkpoint(watch.key) === undefined && !this.#isJournalLost();
    // A standby sends nothing. If it becomes leader and rules are still missing then, it restarts.
    this.#missingInitial = handover.isLeader() ? this.readMissingInitial() : [];
  }

  /** This journal has nothing of the watch, although a leader has published a checkpoint. */
  #isJournalLost(): boolean {
    const { journal, watch, handover } = this.#deps;
    return journal.checkpoint(watch.key) === undefined && handover.checkpoint() !== undefined;
  }
}
