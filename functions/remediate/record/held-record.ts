import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";

/** Somebody else, an executor or a person, has written or deleted the record since: stop at once. */
export type Lost = {
  readonly outcome: "lost";
  readonly record: RemediationRecord;
  readonly message: string;
};

/** A record as it was last saved, with the claim that the next save writes. */
export type HeldRecord = {
  readonly record: () => RemediationRecord;
  /** As saved last, or with the progress that was kept since. */
  readonly status: () => RecordStatus;
  /** Remembers progress that the next save writes, even if the run fails before it. */
  readonly keep: (status: RecordStatus) => void;
  /** Whether the last save failed: then the record cannot be saved, and nothing can be said in it. */
  readonly isUnsaved: () => boolean;
  /** Whether the claim has been saved, so that there is something to release. */
  readonly isClaimed: () => boolean;
  readonly save: (status: RecordStatus, signal: AbortSignal) => Promise<Lost | undefined>;
};

/**
 * Holds a record with a claim that is not saved yet: the first save writes it. Until then only the record may be written, because
 * another executor may be at the same point; of the two, one save gets a conflict. Keeps the resourceVersion of the last save, so
 * that each save proves that the claim is still valid.
 */
export function openHeldRecord(
  store: RecordStore,
  read: RemediationRecord,
  claim: RecordStatus,
): HeldRecord {
  let current: RemediationRecord = { ...read, status: claim };
  let kept: RecordStatus | undefined;
  let isClaimed = false;
  let isUnsaved = false;
  return {
    record: () => current,
    status: () => kept ?? current.status ?? claim,
    isClaimed: () => isClaimed,
    isUnsaved: () => isUnsaved,
    keep: (status) => void (kept = status),
    async save(status, signal) {
      isUnsaved = true;
      const saved = await store.saveStatus(current, status, signal);
      isUnsaved = false;
      kept = undefined;
      if (saved.outcome === "lost") {
        return { outcome: "lost", record: current, message: saved.message };
      }
      current = saved.record;
      isClaimed = true;
      return undefined;
    },
  };
}
