import type { RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import { toMode } from "../../core/records/mode.ts";
import { toCreatedMs } from "../../core/records/plan-sweep.ts";
import { describeAddress } from "../../core/operations/describe-operation.ts";
import { toPrintable } from "../../core/text/printable.ts";

const INDENT = " ".repeat(18);

/** One record in one line (phase, rule, object, duration, name, age), followed by its escalation and its message, if any. */
export function formatRecord(record: RemediationRecord, nowMs: number): string {
  const { metadata, spec, status } = record;
  const object = describeAddress(spec.trigger);
  const phase = (status?.phase ?? "Pending").padEnd(16);
  const age = formatAge(nowMs - toCreatedMs(record));
  const took = status?.took === undefined ? "" : ` (${status.took})`;
  const line = `${phase}  ${spec.rule.id}  ${object}${took}  ${metadata.name}  ${age} ago`;
  const notes = [describeEscalation(status), status?.message].filter((note) => note !== undefined);
  return [toPrintable(line), ...notes.map((note) => `${INDENT}${toPrintable(note)}`)].join("\n");
}

/** Which step failed before the actions of `onFailure` ran; undefined if none did, or if they failed as well. */
function describeEscalation(status: RecordStatus | undefined): string | undefined {
  const failed = findEscalation(status);
  if (failed === undefined) return undefined;
  return status?.phase === "Succeeded"
    ? `escalated: ${failed} failed, and onFailure succeeded`
    : `escalated: ${failed} failed, and onFailure is running`;
}

function findEscalation(status: RecordStatus | undefined): string | undefined {
  if (status?.phase !== "Succeeded" && status?.phase !== "Running" && status?.phase !== "Waiting") {
    return undefined;
  }
  const failed = (status.steps ?? []).filter(({ state }) => state === "failed");
  return failed.length === 0 ? undefined : failed.map(({ name }) => name).join(", ");
}

/** As kubectl shows an age: its largest unit. */
function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (Number.isNaN(seconds)) return "?";
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 120 * 60) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** The fields that scripts rely on: identities and outcome. */
export function toRecordLine({
  metadata,
  spec,
  status,
}: RemediationRecord): Readonly<Record<string, unknown>> {
  const { phase = "Pending", reason, message, took, startedAt, endedAt, wakeAt } = status ?? {};
  const { attempts, failingSince, cause } = status ?? {};
  return {
    name: metadata.name,
    createdAt: metadata["creationTimestamp"],
    rule: spec.rule.id,
    mode: toMode({ spec, status }),
    trigger: spec.trigger,
    phase,
    reason,
    message,
    escalated: findEscalation(status),
    took,
    startedAt,
    endedAt,
    wakeAt,
    attempts,
    failingSince,
    cause,
    preview: status?.preview,
    approval: spec.approval,
    traceparent: spec.traceparent,
  };
}

/** Equal for two states of a record that look the same to its reader: claims and times of the next look are left out. */
export function toShownState(record: RemediationRecord): string {
  const { wakeAt: _, ...line } = toRecordLine(record);
  return JSON.stringify(line);
}
