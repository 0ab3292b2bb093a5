import type { RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import { readField, readList } from "../json/read-json.ts";
import { isEnded } from "./phase.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** An ended record tells its steps for this long; after that its outcome. */
export const COMPACT_AFTER_MS: number = 7 * DAY_MS;
/**
 * A message about a record may lie this long in all queues on its way together, at 14 days each: changes, remediations, wakeups,
 * and the dead-letter queue of each. A record that is younger still keeps such a message from running its remediation again.
 */
export const RETIRE_AFTER_MS: number = 6 * 14 * DAY_MS;
/** Waiting and held records have wake-ups of their own: the sweep is for those whose wake-up was lost. */
const OVERDUE_AFTER_MS = MINUTE_MS;

export type SweepPlan =
  | { readonly outcome: "leave" }
  /** Its time has come, and nobody has gone on with it. */
  | { readonly outcome: "wake" }
  | { readonly outcome: "compact"; readonly status: RecordStatus }
  /** May be deleted, where its source is gone or its episode superseded. */
  | { readonly outcome: "retire" };

/**
 * What the sweep, once a minute, does about a record. One that nobody goes on with is woken after 1, 2, 4 ... 32 minutes and then
 * each hour, so that a queue that nobody empties does not fill.
 */
export function planSweep(record: RemediationRecord, nowMs: number): SweepPlan {
  const status: RecordStatus = record.status ?? { phase: "Pending" };
  if (!isEnded(status.phase)) {
    const overdueMs = nowMs - toDueMs(record, status);
    return overdueMs >= OVERDUE_AFTER_MS && isTurn(Math.floor(overdueMs / MINUTE_MS))
      ? { outcome: "wake" }
      : { outcome: "leave" };
  }
  const endedMs = Date.parse(status.endedAt ?? "") || toCreatedMs(record);
  const ageMs = nowMs - endedMs;
  if (ageMs >= RETIRE_AFTER_MS) return { outcome: "retire" };
  const isLong = status.plan !== undefined || status.steps !== undefined;
  if (ageMs < COMPACT_AFTER_MS || !isLong) return { outcome: "leave" };
  const { plan: _plan, steps: _steps, ...outcome } = status;
  return { outcome: "compact", status: outcome };
}

/** ms since the epoch; 0 where the record does not tell. */
export function toCreatedMs({ metadata }: RemediationRecord): number {
  return Date.parse(String(metadata["creationTimestamp"])) || 0;
}

function toDueMs(record: RemediationRecord, { phase, wakeAt, holdUntil }: RecordStatus): number {
  if (phase === "AwaitingApproval" && record.spec.approval !== undefined)
    return toDecidedMs(record);
  const time = phase === "Waiting" || phase === "AwaitingApproval" ? wakeAt : holdUntil;
  return Date.parse(time ?? "") || toCreatedMs(record);
}

/** When the approval was written, as the API server has it; else when the record was made. */
function toDecidedMs(record: RemediationRecord): number {
  const times = readList(record.metadata["managedFields"])
    .filter((entry) => readField(entry, "fieldsV1", "f:spec", "f:approval") !== undefined)
    .map((entry) => Date.parse(String(readField(entry, "time"))));
  return Math.max(...times.filter(Number.isFinite), toCreatedMs(record));
}

function isTurn(minutes: number): boolean {
  const isPowerOfTwo = (minutes & (minutes - 1)) === 0;
  return minutes < 60 ? isPowerOfTwo : minutes % 60 === 0;
}

/**
 * Whether a later record of the same rule and object tells of another episode: the older one's key is then not asked for again.
 */
export function isSuperseded(
  record: RemediationRecord,
  others: readonly RemediationRecord[],
): boolean {
  const { rule, trigger, onceKey, mode } = record.spec;
  return others.some(
    (other) =>
      other.spec.rule.id === rule.id &&
      other.spec.trigger.uid === trigger.uid &&
      other.spec.mode === mode &&
      other.spec.onceKey !== onceKey &&
      toCreatedMs(record) < toCreatedMs(other),
  );
}
