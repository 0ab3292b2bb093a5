import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { readRecordPages } from "../../adapters/kubernetes/remediation/record-pages.ts";
import { withEnds, type EntryEnd } from "../../core/guards/entries.ts";
import { isInFlight, type GuardState } from "../../core/guards/hold.ts";
import { toEntryEnd } from "../../core/guards/known-ends.ts";
import { describeAddress } from "../../core/operations/describe-operation.ts";
import { toCandidate } from "../../core/records/guards/candidate.ts";
import { isGuarded } from "../../core/records/guards/guarded.ts";
import { RULE_LABEL } from "../../core/records/select-records.ts";

/** The records of a rule, as far as its guard is about them. */
export type RuleRecords = {
  /** How those ended that have. */
  readonly ends: ReadonlyMap<string, EntryEnd | undefined>;
  /** `Job default/backup-1`, by the ids of entries. */
  readonly objects: ReadonlyMap<string, string>;
  /** How many are held back. */
  readonly waiting: number;
  /** When the first and the last of them expire (RFC 3339 ms), unless their guard lets them start before. */
  readonly expires?: { readonly first: string; readonly last: string } | undefined;
};

export const NO_RECORDS: RuleRecords = { ends: new Map(), objects: new Map(), waiting: 0 };

/** Reads the records of a rule, page by page; nothing is kept of them but what follows. `now` is RFC 3339 ms. */
export async function readRuleRecords(
  place: { readonly client: KubernetesClient; readonly namespace: string },
  ruleId: string,
  now: string,
  signal: AbortSignal,
): Promise<RuleRecords> {
  const ends = new Map<string, EntryEnd | undefined>();
  const objects = new Map<string, string>();
  let waiting = 0;
  const expiries: string[] = [];
  const labelSelector = `${RULE_LABEL}=${ruleId}`;
  for await (const { records } of readRecordPages(place, { labelSelector }, signal)) {
    for (const record of records) {
      const { id } = toCandidate(record);
      ends.set(id, toEntryEnd(record, now));
      objects.set(id, describeAddress(record.spec.trigger));
      if (!isGuarded(record.status)) continue;
      waiting += 1;
      if (record.status?.deferUntil !== undefined) expiries.push(record.status.deferUntil);
    }
  }
  const inOrder = expiries.toSorted();
  const [first, last] = [inOrder.at(0), inOrder.at(-1)];
  const expires = first === undefined || last === undefined ? undefined : { first, last };
  return { ends, objects, waiting, expires };
}

/**
 * The state with how each record has ended, which its guard learns late. Whatever the clocks say, an entry whose record has ended has
 * ended; one whose record is gone, too.
 */
export function withRecordEnds(state: GuardState, { ends }: RuleRecords, now: string): GuardState {
  const known = new Map(
    state.entries.filter(isInFlight).flatMap(({ id, admittedAt }) => {
      const end = ends.has(id) ? ends.get(id) : toEntryEnd(undefined, now);
      return end === undefined ? [] : [[id, { ...end, readFor: admittedAt }] as const];
    }),
  );
  return { ...state, entries: withEnds(state.entries, known) };
}
