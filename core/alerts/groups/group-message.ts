import type {
  AlertGroupStatus,
  CollectedAlerts,
  OutboxMessage,
} from "../../../events/alert-group.ts";
import type { AlertGroupSummary, AlertMessage } from "../../../events/alert.ts";
import { limitBytes } from "../../text/limit-text.ts";
import { formatDuration } from "../../text/duration.ts";
import { countOpen } from "./open-alerts.ts";
import { toThreadKey } from "./take-thread.ts";
import { readStored, withoutGrouping } from "./stored-alert.ts";

/** As long as the summary of one alert. */
const SUMMARY_MAX_BYTES = 4 * 1024;

export type MessageContext = {
  /** Name of the group. */
  readonly name: string;
  /** RFC 3339 ms. */
  readonly now: string;
};

/** The message of an alert that is sent at once: the alert itself. */
export function toFirst(
  alert: AlertMessage,
  status: AlertGroupStatus,
  context: MessageContext,
): OutboxMessage {
  const { data } = withoutGrouping(alert);
  const group = toSummary("first", 1, status, context);
  const body = JSON.stringify({ ...alert, data: { ...data, group, ...toThread(status, context) } });
  return { id: alert.data.alertId, at: context.now, body };
}

/** The message of a window's alerts; if there is only one, it is that alert itself. */
export function toWindow(
  collected: CollectedAlerts,
  status: AlertGroupStatus,
  context: MessageContext,
  silence?: string,
): OutboxMessage | undefined {
  const { count, isMore = false, names, since, alert } = collected;
  const isResolved = countOpen(status) === 0 && !status.isFull;
  const isAlone = count === 1 && !isMore && silence === undefined && !isResolved;
  const base = readStored(alert);
  const group = { ...toSummary("window", count, status, context), names, isMore };
  if (base !== undefined && isAlone)
    return toMessage(base, base.data.alertId, group, status, context);
  const during = silence === undefined ? "" : `while they were silenced (${silence}), `;
  const state = isResolved ? "none is open any more" : `${describeOpen(status)} open`;
  const summary = [
    `${describeCount(count, isMore)} in ${describeTime(since, context.now)}, ${during}${state}: ${describeNames(names, count)}`,
    ...(base === undefined ? [] : [`The first of them: ${base.data.summary}`]),
  ].join("\n");
  const id = `${context.name}/${since}`;
  return base && toMessage(withSummary(base, summary, isResolved), id, group, status, context);
}

/** A reminder of the alerts that are still open. */
export function toRepeat(
  status: AlertGroupStatus,
  names: readonly string[],
  context: MessageContext,
): OutboxMessage | undefined {
  const base = status.shown === undefined ? undefined : readStored(status.shown);
  if (base === undefined) return undefined;
  const open = countOpen(status);
  const since = describeTime(status.since ?? context.now, context.now);
  const summary = `Still ${describeOpen(status)} open, the first for ${since}: ${describeNames(names, open)}\n${base.data.summary}`;
  const group = { ...toSummary("repeat", open, status, context), names };
  const id = `${context.name}/repeat@${context.now}`;
  return toMessage(withSummary(base, summary, false), id, group, status, context);
}

/** The message that no alert of the group is open any more. */
export function toResolved(
  status: AlertGroupStatus,
  why: string,
  context: MessageContext,
): OutboxMessage | undefined {
  const base = status.shown === undefined ? undefined : readStored(status.shown);
  if (base === undefined) return undefined;
  const { since = context.now, open } = status;
  const summary = `Resolved after ${describeTime(since, context.now)}: ${why}. The alert was: ${base.data.summary}`;
  const group = toSummary("resolved", open.length, status, context);
  const id = `${context.name}/resolved@${since}`;
  return toMessage(withSummary(base, summary, true), id, group, status, context);
}

function toSummary(
  reason: AlertGroupSummary["reason"],
  alerts: number,
  status: AlertGroupStatus,
  { name, now }: MessageContext,
): AlertGroupSummary {
  const { since = now } = status;
  const more = status.isFull === true ? { isMore: true } : {};
  return { name, reason, since, alerts, open: countOpen(status), names: [], ...more };
}

/** The messages of one incident are one thread, or one incident of the receiver. */
function toThread(
  { since, thread }: AlertGroupStatus,
  { name, now }: MessageContext,
): Pick<AlertMessage["data"], "thread"> {
  const key = toThreadKey(name, since ?? now);
  return { thread: thread?.key === key ? { key, handle: thread.handle } : { key } };
}

function withSummary(base: AlertMessage, summary: string, isResolved: boolean): AlertMessage {
  const status = isResolved ? ("resolved" as const) : ("firing" as const);
  const limited = limitBytes(summary, SUMMARY_MAX_BYTES);
  return { ...base, data: { ...base.data, summary: limited, status } };
}

function toMessage(
  base: AlertMessage,
  id: string,
  group: AlertGroupSummary,
  status: AlertGroupStatus,
  context: MessageContext,
): OutboxMessage {
  const { now } = context;
  const data = { ...base.data, alertId: id, group, ...toThread(status, context) };
  return { id, at: now, body: JSON.stringify({ ...base, id, time: now, data }) };
}

function describeCount(count: number, isMore: boolean): string {
  const more = isMore ? "more than " : "";
  return `${more}${count} ${count === 1 ? "alert" : "alerts"}`;
}

function describeOpen(status: AlertGroupStatus): string {
  const open = countOpen(status);
  return status.isFull === true ? `more than ${open}` : String(open);
}

function describeNames(names: readonly string[], count: number): string {
  const more = count - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** In whole seconds, minutes or hours. */
function describeTime(from: string, to: string): string {
  const ms = Math.max(0, Date.parse(to) - Date.parse(from));
  const unit = ms >= 2 * 3_600_000 ? 3_600_000 : ms >= 2 * 60_000 ? 60_000 : 1_000;
  return formatDuration(Math.max(unit, Math.round(ms / unit) * unit));
}
