import type { RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import type { RecordStore } from "../../adapters/kubernetes/records.ts";

/** Another executor, or a person, has written or deleted the record since: stop at once. */
export type Lost = { readonly outcome: "lost"; readonly message: string };

/** A record under our claim, as it was last saved. */
export type HeldRecord = {
  readonly record: () => RemediationRecord;
  readonly status: () => RecordStatus;
  readonly save: (status: RecordStatus, signal: AbortSignal) => Promise<Lost | undefined>;
};

/** Keeps the resourceVersion of the last save, so that each save is a proof that the claim still stands. */
export function openHeldRecord(store: RecordStore, first: RemediationRecord): HeldRecord {
  let current = first;
  return {
    record: () => current,
    status: () => current.status ?? { phase: "Pending" },
    async save(status, signal) {
      const saved = await store.saveStatus(current, status, signal);
      if (saved.outcome === "lost") return saved;
      current = saved.record;
      return undefined;
    },
  };
}
