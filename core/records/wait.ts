import type { RecordStatus } from "../../events/remediation.ts";
import { toReleased } from "./claim.ts";

/** Until when (RFC 3339 ms) nothing is done, and why: `reason` is one word, `message` tells people. */
export type Wait = { readonly until: string; readonly reason: string; readonly message: string };

/** A status that waits, under nobody's claim. */
export function toWaiting(status: RecordStatus, wait: Wait): RecordStatus {
  const { until, reason, message } = wait;
  return { ...toReleased(status), phase: "Waiting", wakeAt: until, reason, message };
}
