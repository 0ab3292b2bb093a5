import type { RemediationRecord } from "../../../events/remediation.ts";
import { isEnded } from "../../../core/records/phase.ts";
import { SHARD_LABEL, toShard } from "../../../core/records/select-records.ts";
import { toRecord } from "../../core/records/record.ts";

/** Every hundredth record has not ended, and a tenth of these is due. */
const OPEN_EVERY = 100;
const DUE_EVERY = 1_000;
const DAY_MS = 24 * 60 * 60_000;
/** As long as the message of a usual record. */
const MESSAGE =
  "created Job data/backup-0123456789ab, and everything that a usual record says ".repeat(8);

/** A synthetic record: compacted and some days old, or open. About 1.4 KB. */
export function toSynthetic(index: number, nowMs: number): RemediationRecord {
  const { metadata, spec, ...head } = toRecord();
  const name = `rerun-${index.toString().padStart(20, "0")}`;
  const uid = `00000000-0000-4000-8000-${index.toString().padStart(12, "0")}`;
  const trigger = { ...spec.trigger, name: `backup-${index}`, uid };
  const whole = { ...spec, trigger };
  const createdMs = nowMs - 2 * DAY_MS - index;
  const labels = { "kubemend.dev/mode": "enforce", [SHARD_LABEL]: toShard(whole) };
  const creationTimestamp = new Date(createdMs).toISOString();
  return {
    ...head,
    metadata: { ...metadata, name, uid, labels, creationTimestamp },
    spec: whole,
    status: toStatus(index, nowMs, createdMs),
  };
}

function toStatus(index: number, nowMs: number, createdMs: number): RemediationRecord["status"] {
  if (index % OPEN_EVERY !== 0) {
    const endedAt = new Date(createdMs + 1_000).toISOString();
    return { phase: "Succeeded", reason: "Remediated", message: MESSAGE, endedAt };
  }
  const dueMs = index % DUE_EVERY === 0 ? nowMs - 61_000 : nowMs + DAY_MS;
  const wakeAt = new Date(dueMs).toISOString();
  return { phase: "Waiting", reason: "Verifying", message: MESSAGE, wakeAt };
}

export function isOpen({ status }: RemediationRecord): boolean {
  return !isEnded(status?.phase ?? "Pending");
}

/** How many of so many are due. */
export function countDue(total: number): number {
  return Math.ceil(total / DUE_EVERY);
}
