import type { AlertGroupStatus, OpenAlert } from "../../../events/alert-group.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import { collect } from "./collect.ts";
import {
  endWindow,
  isCollecting,
  toSilencedBy,
  withSent,
  withWakeAt,
  type GroupContext,
} from "./end-window.ts";
import { toFirst } from "./group-message.ts";
import { toAlertHash } from "./group-of.ts";
import { OPEN_MAX } from "./open-alerts.ts";
import { findSilence } from "./silences.ts";
import { toStored } from "./stored-alert.ts";

/**
 * The status of a group after some more of its alerts. The first is put into the outbox, to be sent at once; those that come before its
 * window ends are collected, and those that are silenced are collected apart. An alert that the group has already is counted once: then the
 * status stays the same object. Alerts beyond `OPEN_MAX` are not distinguished.
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
  const id = toAlertHash(alert.data.alertId);
  const known = before.open.find((one) => one.id === id);
  if (known !== undefined && known.resolvedAt === undefined) {
    if (!isDueAgain(known, before, context.now)) return before;
  }
  if (known?.resolvedAt !== undefined) return reopen(before, id);
  const current = endWindow(before, context);
  const isCounted = known !== undefined || current.open.length < OPEN_MAX;
  const { now } = context;
  const status: AlertGroupStatus = {
    ...current,
    open: isCounted ? add(current.open, toOpenAlert(id, alert, now)) : current.open,
    ...(isCounted ? {} : { isFull: true }),
    since: current.since ?? now,
    lastAt: now,
  };
  return withWakeAt(sendOrCount(status, alert, { ...context, isCounted }));
}

/** Sends it at once, or counts it. */
function sendOrCount(
  status: AlertGroupStatus,
  alert: AlertMessage,
  context: GroupContext & { readonly isCounted: boolean },
): AlertGroupStatus {
  const { now, silences, isCounted } = context;
  const silence = findSilence(alert, silences ?? [], now);
  if (silence !== undefined) {
    const counted = collect(status.silenced, alert, now, isCounted);
    const by = toSilencedBy(silence);
    const isLonger = status.silenced !== undefined && status.silenced.until > by.until;
    const { silence: name, until } = isLonger ? (status.silenced ?? by) : by;
    return { ...status, silenced: { ...counted, silence: name, until } };
  }
  if (isCollecting(status, now)) {
    return { ...status, collected: collect(status.collected, alert, now, isCounted) };
  }
  const sent = withSent(status, toFirst(alert, status, context), now);
  return { ...sent, shown: toStored(alert) };
}

/** It was reported again, so long after the last message to the receiver that it is sent once more. */
function isDueAgain(known: OpenAlert, status: AlertGroupStatus, now: string): boolean {
  const { sentAt = known.at, repeatSeconds } = status;
  const last = Math.max(Date.parse(known.at), Date.parse(sentAt));
  return last + repeatSeconds * 1_000 <= Date.parse(now);
}

function add(open: readonly OpenAlert[], alert: OpenAlert): readonly OpenAlert[] {
  return [...open.filter(({ id }) => id !== alert.id), alert];
}

/** It was counted in this window, and the receiver has not been sent that it ended. */
function reopen(status: AlertGroupStatus, id: string): AlertGroupStatus {
  const open = status.open.map((one) => {
    if (one.id !== id) return one;
    const { resolvedAt: _ended, ...again } = one;
    return again;
  });
  return { ...status, open };
}

function toOpenAlert(id: string, { data }: AlertMessage, at: string): OpenAlert {
  const { kind, namespace, name, uid } = data.trigger;
  return { id, at, kind, namespace, name, uid };
}
