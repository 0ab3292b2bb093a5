import type { RecordPhase } from "../../events/remediation.ts";

const ENDED: ReadonlySet<RecordPhase> = new Set<RecordPhase>([
  "Succeeded",
  "Failed",
  "Refused",
  "DryRun",
  "Expired",
]);

/** Final phases are never left. */
export function isEnded(phase: RecordPhase): boolean {
  return ENDED.has(phase);
}
