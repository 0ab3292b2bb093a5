import type { RemediationRecord } from "../../events/remediation.ts";
import type { GuardEntry } from "../../events/rule-guard.ts";
import { findFailureRow, toFailedTargets } from "./breaker.ts";
import { makeRoom, type EntryEnd } from "./entries.ts";
import { isInFlight } from "./hold.ts";
import type { GuardSettings } from "./settings.ts";

/**
 * The end of an entry's record; undefined if it is in progress. A record that is gone has been started, so it still counts. One with a
 * failed step has failed although `onFailure` succeeded, and one that changed nothing is neither a success nor a failure. `now` is RFC 3339
 * ms.
 */
export function toEntryEnd(
  record: Pick<RemediationRecord, "status"> | undefined,
  now: string,
): EntryEnd | undefined {
  if (record === undefined) return { endedAt: now, outcome: "unknown" };
  const { phase, reason, endedAt, steps = [] } = record.status ?? { phase: "Pending" };
  if (endedAt === undefined) return undefined;
  if (phase !== "Succeeded") return { endedAt, outcome: phase === "Failed" ? "failed" : "nothing" };
  if (steps.some(({ state }) => state === "failed")) return { endedAt, outcome: "failed" };
  return { endedAt, outcome: reason === "Remediated" ? "succeeded" : "unknown" };
}

/**
 * The entries whose records must be read before a decision, because how they ended may change it: if as many are in progress as may be,
 * if the breaker would be open if all of them had failed, or if the guard has no room for another entry.
 */
export function findUncertain(
  entries: readonly GuardEntry[],
  { maxInFlight, breaker }: GuardSettings,
): readonly GuardEntry[] {
  const open = entries.filter(isInFlight);
  if (makeRoom(entries) === undefined) return open;
  if (maxInFlight !== undefined && open.length >= maxInFlight) return open;
  if (breaker === undefined) return [];
  const failed = toFailedTargets(findFailureRow(entries)).length;
  const ownFailures = Math.max(failed, toMostFailures(entries));
  return ownFailures + open.length >= breaker.failures ? open : [];
}

/** The longest row of failures of one object. */
function toMostFailures(entries: readonly GuardEntry[]): number {
  const targets = Map.groupBy(entries, ({ target }) => target);
  return Math.max(0, ...[...targets.values()].map((own) => findFailureRow(own).length));
}
