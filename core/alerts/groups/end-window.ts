import type {
  AlertGroupStatus,
  OutboxMessage,
  SilencedAlerts,
} from "../../../events/alert-group.ts";
import type { Silence } from "../../../events/silence.ts";
import { joinCollected } from "./collect.ts";
import { toWindow, type MessageContext } from "./group-message.ts";
import { listOpen } from "./open-alerts.ts";
import { isOutboxFull, withMessage } from "./outbox.ts";
import { findSilence } from "./silences.ts";
import { readStored } from "./stored-alert.ts";

export type GroupContext = MessageContext & {
  /** Those of the cluster; those that have ended are ignored. Undefined: they cannot be read, and no further alert is silenced. */
  readonly silences: readonly Silence[] | undefined;
};

/** Whether alerts are collected, and not sent at once: until the end of the window, and while the outbox takes no more messages. */
export function isCollecting(status: AlertGroupStatus, now: string): boolean {
  const { windowEndsAt } = status;
  const isWindowOpen = windowEndsAt !== undefined && Date.parse(windowEndsAt) > Date.parse(now);
  return isWindowOpen || isOutboxFull(status);
}

/**
 * If the window has ended, the alerts that it has collected are put into the outbox as one message, and the next window begins, so that a
 * long storm is one message a window. If it has collected none, the next alert is sent at once.
 */
export function endWindow(status: AlertGroupStatus, context: GroupContext): AlertGroupStatus {
  const { now } = context;
  if (isCollecting(status, now)) return status;
  const { collected: waiting, silenced: muted, ...rest } = status;
  const silenced = muted && toStillSilenced(muted, context);
  const ended = silenced === undefined ? muted : undefined;
  const collected = ended === undefined ? waiting : joinCollected(ended, waiting);
  const kept = silenced === undefined ? rest : { ...rest, silenced };
  if (collected === undefined) return withoutResolved(kept);
  const message = toWindow(collected, kept, context, ended?.silence);
  if (message === undefined) return status;
  return withoutResolved({ ...withSent(kept, message, now), shown: collected.alert });
}

/** The status with a message to send, after which alerts are collected for a window. */
export function withSent(
  status: AlertGroupStatus,
  message: OutboxMessage,
  now: string,
): AlertGroupStatus {
  const windowEndsAt = new Date(Date.parse(now) + status.windowSeconds * 1_000).toISOString();
  return { ...withMessage(status, message), windowEndsAt, sentAt: now };
}

/** The silenced alerts with the silence that covers them now; undefined if none does. If silences cannot be read, the known one counts until its end. */
function toStillSilenced(
  silenced: SilencedAlerts,
  { silences, now }: GroupContext,
): SilencedAlerts | undefined {
  if (silences === undefined) {
    return Date.parse(silenced.until) > Date.parse(now) ? silenced : undefined;
  }
  const first = readStored(silenced.alert);
  const silence = first && findSilence(first, silences, now);
  return silence && { ...silenced, ...toSilencedBy(silence) };
}

/** The silence as a group keeps it. */
export function toSilencedBy({
  metadata,
  spec,
}: Silence): Pick<SilencedAlerts, "silence" | "until"> {
  return { silence: metadata.name, until: new Date(spec.until).toISOString() };
}

/** Removes resolved alerts at the end of the window in which they are not counted again. If none is open, the next alert is a first one. */
function withoutResolved(status: AlertGroupStatus): AlertGroupStatus {
  const open = listOpen(status);
  if (open.length === status.open.length) return status;
  if (open.length > 0) return { ...status, open };
  const { since: _since, shown: _shown, isFull: _isFull, thread: _thread, ...rest } = status;
  return { ...rest, open };
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
