import type { RecordStatus } from "../../../events/remediation.ts";
import { toEnded, type RecordEnd } from "../../../core/records/record-end.ts";
import type { HeldRecord } from "./held-record.ts";
import { toTime, type RemediateDeps, type RemediationResult, type Run } from "./run.ts";

/**
 * The wake-up is sent only after this is saved: if the run dies between the two, its message is delivered again. A wait that continues as
 * it was has its wake-up already.
 */
export async function saveWait(
  held: HeldRecord,
  status: RecordStatus,
  run: Run,
): Promise<RemediationResult> {
  const { wakeAt = "" } = status;
  const isKnown = held.record().status?.wakeAt === wakeAt;
  const lost = await held.save(status, run.signal);
  if (lost !== undefined) return lost;
  return { outcome: isKnown ? "notDue" : "waiting", record: held.record(), until: wakeAt };
}

/** Ends the record: nothing is done with it after this. */
export async function saveEnd(
  held: HeldRecord,
  how: RecordEnd,
  deps: RemediateDeps,
  run: Run,
  status: RecordStatus = held.status(),
): Promise<RemediationResult> {
  const lost = await held.save(toEnded(status, how, toTime(deps)), run.signal);
  return lost ?? { outcome: "ended", record: held.record() };
}
