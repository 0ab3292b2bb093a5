import type { RecordStatus } from "../../events/remediation.ts";
import { limitMessage } from "../text/limit-message.ts";
import { toReleased } from "./claim.ts";
import { withoutFailures } from "./retry.ts";

/** Nothing is done before `until` (RFC 3339 ms). `reason` is one word, `message` is for people. */
export type Wait = {
  readonly until: string;
  readonly reason: string;
  readonly message: string;
  /** Since when an action can do nothing yet (RFC 3339 ms): set if that is why it waits. */
  readonly waitingSince?: string;
};

/** The status of a record that waits, without a claim. A wait that the rule asks for shows that the last attempt did not fail. */
export function toWaiting(status: RecordStatus, wait: Wait): RecordStatus {
  const { until, reason, waitingSince } = wait;
  const message = limitMessage(wait.message);
  const rest = withoutFailures(toReleased(status));
  const asked = reason === "For" || reason === "At" ? { waitedUntil: until } : {};
  const since = waitingSince === undefined ? {} : { waitingSince };
  return { ...rest, ...asked, ...since, phase: "Waiting", wakeAt: until, reason, message };
}
