import type { RemediationRecord } from "../../../events/remediation.ts";
import type { GuardEntry } from "../../../events/rule-guard.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import { withEnds, type EntryEnd } from "../../../core/guards/entries.ts";
import { toIso, type GuardState } from "../../../core/guards/hold.ts";
import { findUncertain, toEntryEnd } from "../../../core/guards/known-ends.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { toCandidate } from "../../../core/records/guards/candidate.ts";
import { toRecordPrefix } from "../../../events/ids.ts";

/** How the records of entries ended, as far as it is known or must be known. */
export type EndReader = {
  readonly note: (record: RemediationRecord) => void;
  /** The state with the ends that this process knows, and with those that a decision depends on, which it reads. */
  readonly complete: (state: GuardState, rule: Rule, signal: AbortSignal) => Promise<GuardState>;
};

/** The ends of the last so many records are remembered. */
const KNOWN_MAX = 5_000;
/** Records that are read for one decision; the others follow with the next ones. */
const READS_MAX = 20;
/** A record that was in progress is taken to be so for this long. */
const FRESH_MS = 1_000;

export function createEndReader(deps: {
  readonly records: Pick<RecordStore, "read">;
  readonly now: () => number;
}): EndReader {
  const { records, now } = deps;
  const known = new Map<string, EntryEnd>();
  const lookedMs = new Map<string, number>();
  const remember = (id: string, end: EntryEnd): void => {
    lookedMs.delete(id);
    known.set(id, end);
    const [oldest] = known.keys();
    if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
  };
  const look = async (
    { id, admittedAt }: GuardEntry,
    rule: Rule,
    signal: AbortSignal,
  ): Promise<void> => {
    lookedMs.set(id, now());
    const record = await records.read(`${toRecordPrefix(rule.id)}-${id}`, signal);
    const end = toEntryEnd(record, toIso(now()));
    if (end !== undefined) remember(id, { ...end, readFor: admittedAt });
  };
  return {
    note(record) {
      const end = toEntryEnd(record, toIso(now()));
      if (end !== undefined) remember(toCandidate(record).id, end);
    },
    async complete(state, rule, signal) {
      const entries = withEnds(state.entries, known);
      const due = findUncertain(entries, rule.guards)
        .filter(({ id }) => (lookedMs.get(id) ?? 0) < now() - FRESH_MS)
        .toSorted((a, b) => (lookedMs.get(a.id) ?? 0) - (lookedMs.get(b.id) ?? 0))
        .slice(0, READS_MAX);
      await Promise.all(due.map((entry) => look(entry, rule, signal)));
      return { ...state, entries: withEnds(entries, known) };
    },
  };
}
