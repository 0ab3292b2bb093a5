import type { AlertGroupStatus, OpenAlert } from "../../../events/alert-group.ts";
import type { AlertEndReason } from "../../../events/alert.ts";
import { endWindow, isCollecting, withSent, withWakeAt, type GroupContext } from "./end-window.ts";
import { toRepeat, toResolved } from "./group-message.ts";
import { countOpen, isHidden, listOpen, withoutIncident } from "./open-alerts.ts";
import { isOutboxFull, withMessage } from "./outbox.ts";
import { findSilenceOf } from "./silences.ts";
import { readStored } from "./stored-alert.ts";

/** Why an open alert ends. `event`: it is about something that happened and cannot stop, so it is removed after a time, without a message. */
export type AlertEnd = { readonly id: string; readonly why: AlertEndReason | "event" };

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
  const resolved = resolve(marked, context);
  return withWakeAt(remind(endWindow(resolved, context), context));
}

function markEnded(
  status: AlertGroupStatus,
  ends: readonly AlertEnd[],
  now: string,
): AlertGroupStatus {
  if (ends.length === 0) return status;
  const reasons = new Map(ends.map((end) => [end.id, end.why]));
  const open = status.open.flatMap((one): readonly OpenAlert[] => {
    const why = reasons.get(one.id);
    if (why === "event") return [];
    return [
      why === undefined || one.resolvedAt !== undefined ? one : { ...one, resolvedAt: now, why },
    ];
  });
  return { ...status, open };
}

/**
 * If no alert is open any more, and none is collected, adds a message about it, provided that the receiver was sent one of the alerts and
 * not yet that they are over. Otherwise the message at the end of the window says so. Silenced alerts are reported when their silence ends.
 */
function resolve(status: AlertGroupStatus, context: GroupContext): AlertGroupStatus {
  const { collected, shown, isOver = false, since } = status;
  if (countOpen(status) > 0 || collected !== undefined || since === undefined) return status;
  if (isOutboxFull(status)) return status;
  const hidden = status.open.filter(isHidden);
  const isTold = hidden.length < status.open.length && shown !== undefined;
  if (isTold && isOver) return status;
  if (!isTold) return status.open.length === 0 ? withoutIncident(status) : status;
  const message = toResolved(status, context);
  const rest = withoutIncident({ ...status, open: hidden });
  return message === undefined ? rest : withMessage(rest, message);
}

/** Reminds the receiver of the open alerts, once in a `repeat`, apart from those that a silence covers. */
function remind(status: AlertGroupStatus, context: GroupContext): AlertGroupStatus {
  const { now } = context;
  const { sentAt, repeatSeconds } = status;
  if (sentAt === undefined || isCollecting(status, now)) return status;
  const isDue = Date.parse(sentAt) + repeatSeconds * 1_000 <= Date.parse(now);
  if (!isDue) return status;
  const open = findHeard(status, context);
  if (open.length === 0) return status;
  const message = toRepeat(status, open, context);
  if (message === undefined) return status;
  return withSent(status, message, now);
}

/** The open alerts that no silence covers. */
function findHeard(
  status: AlertGroupStatus,
  { silences = [], now }: GroupContext,
): readonly OpenAlert[] {
  const shown = status.shown === undefined ? undefined : readStored(status.shown);
  return listOpen(status).filter(
    (object) =>
      object.silencedBy === undefined &&
      (shown === undefined || findSilenceOf(shown, object, silences, now) === undefined),
  );
}
