import type { AlertGroupStatus, OpenAlert } from "../../../events/alert-group.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import type { Silence } from "../../../events/silence.ts";
import { collect } from "./collect.ts";
import {
  endWindow,
  isCollecting,
  mayBreakWindow,
  withSent,
  withWakeAt,
  type GroupContext,
} from "./end-window.ts";
import { toFirst } from "./group-message.ts";
import { isOverAtOnce, toOpenAlert } from "./open-alert.ts";
import { toAlertHash } from "./group-of.ts";
import { hasRoom, isHidden } from "./open-alerts.ts";
import { withoutSilenced } from "./release-silenced.ts";
import { findSilence, toSilencedBy } from "./silences.ts";
import { toStored } from "./stored-alert.ts";

/** Remediations that a guard holds back for a shorter time are not reported. */
const HELD_SECONDS = 60;

/**
 * The status of a group after some more of its alerts. The first is put into the outbox, to be sent at once; those that come before its
 * window ends are collected, and those that are silenced are collected apart. Objects are counted, and an alert that the group has already
 * is counted once: then the status stays the same object. One that is more severe than what was sent does not wait for the window. Objects
 * for which there is no room are not distinguished.
 */
export function takeAlerts(
  status: AlertGroupStatus,
  alerts: readonly AlertMessage[],
  context: GroupContext,
): AlertGroupStatus {
  return alerts.reduce((before, alert) => takeAlert(before, alert, context), status);
}

function takeAlert(
  before: AlertGroupStatus,
  alert: AlertMessage,
  context: GroupContext,
): AlertGroupStatus {
  const { now } = context;
  const { alertId, trigger, rule } = alert.data;
  const id = toAlertHash(alertId);
  const known = before.open.find(({ uid }) => uid === trigger.uid);
  const isRepeated = known?.id === id || known?.earlier?.includes(id) === true;
  if (known !== undefined && isRepeated) {
    const isOver = known.resolvedAt !== undefined;
    if (isOver) return isOverAtOnce(alert.data) ? before : reopen(before, known);
    if (!isDueAgain(known, before, now)) return before;
  }
  const silence = findSilence(alert, context.silences ?? [], now);
  const ended = endWindow(before, context);
  // Its earlier alert may be silenced although this one is not: then its receiver gets this one.
  const current = silence === undefined ? withoutSilenced(ended, trigger.uid) : ended;
  const own = current.open.find(({ uid }) => uid === trigger.uid);
  const object = toOpenAlert(alert.data, { id, now, before: own });
  const isCounted = own !== undefined || hasRoom(current.open, object);
  const open = [...current.open.filter((one) => one !== own), ...(isCounted ? [object] : [])];
  const status: AlertGroupStatus = {
    ...current,
    open,
    ...(isCounted ? {} : { isFull: true }),
    since: current.since ?? now,
    lastAt: now,
    digest: rule.digest,
  };
  return withWakeAt(sendOrCount(status, alert, { ...context, object, own, isCounted, silence }));
}

type Counting = GroupContext & {
  readonly object: OpenAlert;
  /** The object as the group had it before. */
  readonly own: OpenAlert | undefined;
  readonly isCounted: boolean;
  /** The one that covers the alert. */
  readonly silence: Silence | undefined;
};

/** Sends it at once, or counts it. */
function sendOrCount(
  status: AlertGroupStatus,
  alert: AlertMessage,
  context: Counting,
): AlertGroupStatus {
  const { now, isHeld, silence } = context;
  if (silence !== undefined) return countSilenced(status, alert, silence, context);
  if (isCollecting(status, now) && !mayBreakWindow(status, alert, context)) {
    return count(status, alert, context);
  }
  if (isHeld === true) {
    const windowEndsAt = new Date(Date.parse(now) + HELD_SECONDS * 1_000).toISOString();
    return count({ ...status, windowEndsAt }, alert, context);
  }
  const rest = withoutOwn(status, context);
  const sent = withSent(rest, toFirst(alert, rest, context), now);
  return { ...sent, shown: toStored(alert) };
}

/** If only an earlier alert on the same object was collected, the one that is sent now takes its place. */
function withoutOwn(status: AlertGroupStatus, { object }: Counting): AlertGroupStatus {
  const { collected, ...rest } = status;
  const isAlone = collected?.count === 1 && collected.isMore !== true;
  if (object.isCollected !== true || !isAlone) return status;
  const { isCollected: _counted, ...sent } = object;
  return { ...rest, open: rest.open.map((one) => (one === object ? sent : one)) };
}

function count(status: AlertGroupStatus, alert: AlertMessage, context: Counting): AlertGroupStatus {
  const { object, isCounted, now } = context;
  const as = isCounted ? (object.isCollected === true ? "again" : "new") : "unknown";
  const collected = collect(status.collected, alert, now, as);
  return { ...withObject(status, object, { isCollected: true }), collected };
}

function countSilenced(
  status: AlertGroupStatus,
  alert: AlertMessage,
  silence: Silence,
  context: Counting,
): AlertGroupStatus {
  const { object, own, isCounted, now } = context;
  const as = isCounted ? (object.silencedBy === undefined ? "new" : "again") : "unknown";
  const counted = collect(status.silenced, alert, now, as);
  const by = toSilencedBy(silence);
  const isLonger = status.silenced !== undefined && status.silenced.until > by.until;
  const { silence: name, until } = isLonger ? (status.silenced ?? by) : by;
  const isKnown = own !== undefined && own.resolvedAt === undefined && !isHidden(own);
  const mark = { silencedBy: by.silence, ...(isKnown ? { wasSent: true } : {}) };
  const silenced = { ...counted, silence: name, until };
  return { ...withObject(status, object, mark), silenced };
}

function withObject(
  status: AlertGroupStatus,
  object: OpenAlert,
  marks: Partial<OpenAlert>,
): AlertGroupStatus {
  const open = status.open.map((one) => (one === object ? { ...one, ...marks } : one));
  return { ...status, open };
}

/** It was reported again, so long after the last message to the receiver that it is sent once more. */
function isDueAgain(known: OpenAlert, status: AlertGroupStatus, now: string): boolean {
  const { sentAt = known.at, repeatSeconds } = status;
  const last = Math.max(Date.parse(known.at), Date.parse(sentAt));
  return last + repeatSeconds * 1_000 <= Date.parse(now);
}

/** It was counted in this window, and the receiver has not been sent that it ended. */
function reopen(status: AlertGroupStatus, known: OpenAlert): AlertGroupStatus {
  const open = status.open.map((one) => {
    if (one !== known) return one;
    const { resolvedAt: _ended, why: _why, ...again } = one;
    return again;
  });
  return { ...status, open };
}
