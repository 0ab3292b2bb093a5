import type { AlertGroupStatus, OpenAlert, OutboxMessage } from "../../../events/alert-group.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import type { Silence } from "../../../events/silence.ts";
import { isMoreSevere, toGreatest, toSeverity } from "../../severity.ts";
import { joinCollected } from "./collect.ts";
import { toWindow, type MessageContext } from "./group-message.ts";
import { countEnded, countOpen, isAllOver, withoutIncident } from "./open-alerts.ts";
import { isOutboxFull, withMessage } from "./outbox.ts";
import { releaseSilenced } from "./release-silenced.ts";
import { readSeverity } from "./stored-alert.ts";

export type GroupContext = MessageContext & {
  /** Those of the cluster; those that have ended are ignored. Undefined: they cannot be read, and no further alert is silenced. */
  readonly silences: readonly Silence[] | undefined;
  /** The group is about remediations that a guard holds back: what is over before it is sent is not sent. */
  readonly isHeld?: boolean | undefined;
};

/** Whether alerts are collected, and not sent at once: until the end of the window, and while the outbox takes no more messages. */
export function isCollecting(status: AlertGroupStatus, now: string): boolean {
  return isWindowOpen(status, now) || isOutboxFull(status);
}

function isWindowOpen({ windowEndsAt }: AlertGroupStatus, now: string): boolean {
  return windowEndsAt !== undefined && Date.parse(windowEndsAt) > Date.parse(now);
}

/**
 * Whether an alert is sent at once although alerts are collected: it is more severe than all that was sent in this window. Of each window
 * at most as many are as there are severities.
 */
export function mayBreakWindow(
  status: AlertGroupStatus,
  { data }: AlertMessage,
  { isHeld }: GroupContext,
): boolean {
  if (isHeld === true || isOutboxFull(status)) return false;
  return isMoreSevere(toSeverity(data), status.sentSeverity ?? readSeverity(status.shown));
}

/**
 * If the window has ended, the alerts that it has collected are put into the outbox as one message, and the next window begins, so that a
 * long storm is one message a window. If it has collected none, the next alert is sent at once.
 */
export function endWindow(status: AlertGroupStatus, context: GroupContext): AlertGroupStatus {
  const { now, silences } = context;
  if (isCollecting(status, now)) return status;
  const { status: current, released, common, silence } = releaseSilenced(status, silences, now);
  const { collected: waiting, ...kept } = current;
  const collected = released === undefined ? waiting : joinCollected(released, waiting, common);
  if (collected === undefined || isOverUnsent(kept, context)) return withoutResolved(kept);
  const message = toWindow(collected, kept, context, silence);
  if (message === undefined) return status;
  return withoutResolved({ ...withSent(kept, message, now), shown: collected.alert });
}

/** Whether all alerts are over before a message about them was sent. */
function isOverUnsent(status: AlertGroupStatus, { isHeld }: GroupContext): boolean {
  return isHeld === true && isAllOver(status) && (status.shown === undefined || !!status.isOver);
}

/**
 * The status with a message to send, after which alerts are collected for a window: until the end of the one that is open, if there is one.
 */
export function withSent(
  status: AlertGroupStatus,
  message: OutboxMessage,
  now: string,
): AlertGroupStatus {
  const isOpen = isWindowOpen(status, now);
  const next = new Date(Date.parse(now) + status.windowSeconds * 1_000).toISOString();
  const windowEndsAt = isOpen ? status.windowEndsAt : next;
  const { isOver: _before, sentSeverity: _sent, ...rest } = withMessage(status, message);
  const over = isAllOver(status) ? { isOver: true } : {};
  const sentSeverity = toGreatest([
    readSeverity(message.body),
    isOpen ? status.sentSeverity : undefined,
  ]);
  return {
    ...rest,
    ...over,
    windowEndsAt,
    sentAt: now,
    ...(sentSeverity === undefined ? {} : { sentSeverity }),
  };
}

/**
 * Removes alerts that are over, at the end of the window in which they are not counted again. Silenced ones are kept, because they were not
 * reported yet. If none is left, the next alert is a first one.
 */
function withoutResolved(status: AlertGroupStatus): AlertGroupStatus {
  const open = status.open.filter(isKept).map(withoutCollected);
  if (countOpen(status) === 0) return withoutIncident({ ...status, open });
  if (open.length === status.open.length) return { ...status, open };
  return { ...status, open, ended: countEnded(status) };
}

function isKept({ resolvedAt, silencedBy }: OpenAlert): boolean {
  return resolvedAt === undefined || silencedBy !== undefined;
}

function withoutCollected(object: OpenAlert): OpenAlert {
  if (object.isCollected === undefined) return object;
  const { isCollected: _sent, ...rest } = object;
  return rest;
}

/** The status with the time at which the group must be checked; without one if it has collected nothing and silenced nothing. */
export function withWakeAt(status: AlertGroupStatus): AlertGroupStatus {
  const { wakeAt: _before, ...rest } = status;
  const { collected, silenced, windowEndsAt } = rest;
  const window = collected === undefined ? undefined : windowEndsAt;
  const times = [window, silenced?.until].filter((time) => time !== undefined);
  const [wakeAt] = times.toSorted();
  return wakeAt === undefined ? rest : { ...rest, wakeAt };
}
