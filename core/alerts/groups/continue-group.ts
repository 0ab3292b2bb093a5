import type { AlertGroupStatus } from "../../../events/alert-group.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import { NAMES_MAX } from "./collect.ts";
import { endWindow, isCollecting, withSent, withWakeAt, type GroupContext } from "./end-window.ts";
import { toRepeat, toResolved } from "./group-message.ts";
import { countOpen, listOpen } from "./open-alerts.ts";
import { isOutboxFull, withMessage } from "./outbox.ts";

/** Why an open alert ends. `event`: its rule is about events, whose condition cannot stop holding, so the alert is removed after a time. */
export type AlertEnd = { readonly id: string; readonly why: "fails" | "gone" | "noRule" | "event" };

/**
 * The status of a group after a check: alerts that have ended are marked, the window is closed at its time, and the receiver gets a message
 * if no alert is open any more, and a reminder if some still are. Repeatable: without anything new the status stays the same.
 */
export function continueGroup(
  status: AlertGroupStatus,
  ends: readonly AlertEnd[],
  context: GroupContext,
): AlertGroupStatus {
  const marked = markEnded(status, ends, context.now);
  // First the message that all alerts are resolved: the end of a window removes resolved alerts.
  const resolved = resolve(marked, ends, context);
  return withWakeAt(remind(endWindow(resolved, context), context));
}

function markEnded(
  status: AlertGroupStatus,
  ends: readonly AlertEnd[],
  now: string,
): AlertGroupStatus {
  if (ends.length === 0) return status;
  const why = new Map(ends.map((end) => [end.id, end.why]));
  const open = status.open
    .filter(({ id }) => why.get(id) !== "event")
    .map((one) => (why.has(one.id) && !one.resolvedAt ? { ...one, resolvedAt: now } : one));
  return { ...status, open };
}

/**
 * If no alert is open any more, and none is collected, adds a message about it, provided that the receiver was sent one of the alerts.
 * Otherwise the message at the end of the window says so.
 */
function resolve(
  status: AlertGroupStatus,
  ends: readonly AlertEnd[],
  context: GroupContext,
): AlertGroupStatus {
  const { collected, shown } = status;
  if (countOpen(status) > 0 || collected !== undefined || status.since === undefined) return status;
  if (isOutboxFull(status)) return status;
  const wasSent = status.open.length > 0 && shown !== undefined;
  if (!wasSent && status.open.length > 0) return status;
  const message = wasSent ? toResolved(status, describeEnds(ends), context) : undefined;
  const { since: _since, shown: _shown, isFull: _isFull, thread: _thread, ...rest } = status;
  const none = { ...rest, open: [] };
  return message === undefined ? none : withMessage(none, message);
}

function describeEnds(ends: readonly AlertEnd[]): string {
  const counts = { fails: 0, gone: 0, noRule: 0, event: 0 };
  for (const { why } of ends) counts[why] += 1;
  const parts = [
    ...(counts.fails > 0 ? ["the condition no longer holds"] : []),
    ...(counts.gone > 0 ? ["the object is gone"] : []),
    ...(counts.noRule > 0 ? ["the pipeline no longer has the rule"] : []),
  ];
  return parts.length === 0 ? "no alert is open any more" : parts.join(", or ");
}

/** Reminds the receiver of the open alerts, once in a `repeat`. While alerts are silenced there is no reminder. */
function remind(status: AlertGroupStatus, context: GroupContext): AlertGroupStatus {
  const { now } = context;
  const { sentAt, repeatSeconds, silenced } = status;
  if (sentAt === undefined || silenced !== undefined || isCollecting(status, now)) return status;
  const isDue = Date.parse(sentAt) + repeatSeconds * 1_000 <= Date.parse(now);
  const open = listOpen(status);
  if (!isDue || open.length === 0) return status;
  const names = open.slice(0, NAMES_MAX).map(describeAddress);
  const message = toRepeat(status, names, context);
  if (message === undefined) return status;
  return withSent(status, message, now);
}
