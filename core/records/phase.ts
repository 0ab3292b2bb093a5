import type { RecordPhase } from "../../events/remediation.ts";

const ENDED: ReadonlySet<RecordPhase> = new Set<RecordPhase>([
  "Succeeded",
  "Failed",
  "Refused",
  "DryRun",
  "Expired",
]);

/** Whether a phase is final: it never changes again. */
export function isEnded(phase: RecordPhase): boolean {
  return ENDED.has(phase);
}
