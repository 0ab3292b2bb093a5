import type { AlertMessage } from "../../../events/alert.ts";
import type { WakeupLate } from "../../../events/wakeup.ts";
import { limitBytes } from "../../text/limit-text.ts";
import { SUMMARY_MAX_BYTES } from "./group-message.ts";
import { readStored } from "./stored-alert.ts";
import { toThreadKey } from "./take-thread.ts";

/** From this age on a message was delivered late: the check that finds an incident over follows its beginning by seconds at least. */
const LATE_MS = 10_000;

/** Whether an alert that is delivered now may come after the message that its incident is over. `attempt`: from 1. */
export function isLate(
  { data, time }: AlertMessage,
  { attempt, nowMs }: { readonly attempt: number; readonly nowMs: number },
): boolean {
  if (data.group === undefined || data.thread === undefined) return false;
  if (data.status === "resolved") return false;
  return attempt > 1 || nowMs - Date.parse(time) >= LATE_MS;
}

/**
 * The message that an incident is over of which a receiver took an alert late. Undefined if it is not over: it is that of the group which
 * began at `since`; or if the text is no alert. Each late alert has its own, because receivers drop what they have got already.
 */
export function toLateEnd(
  { key, alert }: WakeupLate,
  {
    name,
    now,
    since,
  }: { readonly name: string; readonly now: string; readonly since?: string | undefined },
): AlertMessage | undefined {
  if (since !== undefined && key === toThreadKey(name, since)) return undefined;
  const late = readStored(alert);
  if (late === undefined || !key.startsWith(toThreadKey(name, ""))) return undefined;
  const { group, thread = { key }, ...data } = late.data;
  const alertId = `${data.alertId}/over`;
  const summary = `Over: the alert was delivered late, when nothing of it was open any more. The alert was: ${data.summary}`;
  const { alerts = 1 } = group ?? {};
  const began = key.slice(toThreadKey(name, "").length);
  return {
    ...late,
    id: alertId,
    time: now,
    data: {
      ...data,
      alertId,
      status: "resolved",
      summary: limitBytes(summary, SUMMARY_MAX_BYTES),
      thread: { ...thread, key },
      group: { name, reason: "resolved", since: began, alerts, open: 0, names: [] },
    },
  };
}
