import type { RecordPhase, RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import { readField, readList } from "../json/read-json.ts";
import { isEnded } from "./phase.ts";
import { isOfMirror } from "./select-records.ts";
import { findDecision } from "./decision.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** An ended record keeps its plan, its steps and their preview for this long; after that only its outcome. */
export const COMPACT_AFTER_MS: number = 7 * DAY_MS;
/**
 * The longest time that a message about a record can spend in queues, at 14 days each: changes, remediations, wakeups, and the
 * dead-letter queue of each. Until then the record must exist to keep such a message from running its remediation again.
 */
export const RETIRE_AFTER_MS: number = 6 * 14 * DAY_MS;
/** Records that wait have their own wake-ups, and new ones their request: the sweep is for those whose message was lost. */
const OVERDUE_AFTER_MS = MINUTE_MS;

export type SweepPlan =
  | { readonly outcome: "leave" }
  /** Its time has come, but no run has continued it. */
  | { readonly outcome: "wake" }
  | { readonly outcome: "compact"; readonly status: RecordStatus }
  /** May be deleted if its object no longer exists or its episode is superseded. */
  | { readonly outcome: "retire" };

/**
 * What the sweep, which runs once a minute, does about a record. A record that no run continues is woken after 1, 2, 4 ... 32
 * minutes and then every hour, so that a queue without a consumer does not fill up; one whose run died, at the first sweep, too.
 */
export function planSweep(record: RemediationRecord, nowMs: number): SweepPlan {
  const status: RecordStatus = record.status ?? { phase: "Pending" };
  if (!isEnded(status.phase)) {
    // No run continues the record of a mirror: its failure is reported again, or has passed.
    if (isOfMirror(record.spec)) return { outcome: "leave" };
    const overdueMs = nowMs - toDueMs(record, status);
    // A claim that has expired is taken over at once: its run died, and nobody else may hurry.
    const isClaimed = status.phase === "Running" && status.holdUntil !== undefined;
    return overdueMs >= (isClaimed ? 0 : OVERDUE_AFTER_MS) &&
      isTurn(Math.floor(overdueMs / MINUTE_MS))
      ? { outcome: "wake" }
      : { outcome: "leave" };
  }
  const endedMs = Date.parse(status.endedAt ?? "") || toCreatedMs(record);
  const ageMs = nowMs - endedMs;
  if (ageMs >= RETIRE_AFTER_MS) return { outcome: "retire" };
  const { plan, steps, preview, ...outcome } = status;
  const isLong = [plan, steps, preview].some((part) => part !== undefined);
  if (ageMs < COMPACT_AFTER_MS || !isLong) return { outcome: "leave" };
  return { outcome: "compact", status: outcome };
}

const WAITING: ReadonlySet<RecordPhase> = new Set<RecordPhase>([
  "Waiting",
  "AwaitingApproval",
  "Deferred",
]);

/** ms since the epoch; 0 if the record does not say. */
export function toCreatedMs({ metadata }: RemediationRecord): number {
  return Date.parse(String(metadata["creationTimestamp"])) || 0;
}

function toDueMs(record: RemediationRecord, { phase, wakeAt, holdUntil }: RecordStatus): number {
  if (phase === "AwaitingApproval" && findDecision(record) !== undefined)
    return toDecidedMs(record);
  const time = WAITING.has(phase) ? wakeAt : holdUntil;
  return Date.parse(time ?? "") || toCreatedMs(record);
}

/** When the approval was written, according to the managedFields; else when the record was created. */
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

/** What of the records of a pass is needed to know which are superseded: the newest creation time per rule, object and mode. */
export type NewestRecords = Map<string, number>;

export function noteRecord(newest: NewestRecords, record: RemediationRecord): void {
  const key = toSeriesKey(record);
  newest.set(key, Math.max(newest.get(key) ?? 0, toCreatedMs(record)));
}

/**
 * Whether a later record of the same rule, object and mode exists: it is about another episode, as its name would be the same otherwise,
 * and the key of the older one then never occurs again.
 */
export function isSuperseded(record: RemediationRecord, newest: NewestRecords): boolean {
  return toCreatedMs(record) < (newest.get(toSeriesKey(record)) ?? 0);
}

function toSeriesKey({ spec: { rule, trigger, mode } }: RemediationRecord): string {
  return `${rule.id}/${trigger.uid}/${mode}`;
}
