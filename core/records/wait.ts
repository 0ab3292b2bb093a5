import type { RecordStatus } from "../../events/remediation.ts";
import { toReleased } from "./claim.ts";

/** Nothing is done before `until` (RFC 3339 ms). `reason` is one word, `message` is for people. */
export type Wait = { readonly until: string; readonly reason: string; readonly message: string };

/** The status of a record that waits, without a claim. */
export function toWaiting(status: RecordStatus, wait: Wait): RecordStatus {
  const { until, reason, message } = wait;
  return { ...toReleased(status), phase: "Waiting", wakeAt: until, reason, message };
}
