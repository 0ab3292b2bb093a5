import type {
  AlertGroupStatus,
  CollectedAlerts,
  OpenAlert,
  OutboxMessage,
} from "../../../events/alert-group.ts";
import type { AlertGroupSummary, AlertMessage, AlertSeverity } from "../../../events/alert.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import { toGreatest, toSeverity } from "../../severity.ts";
import { limitBytes } from "../../text/limit-text.ts";
import { toCommonEnding } from "../ending.ts";
import { countAlerts, toNames } from "./collect.ts";
import {
  describeCount,
  describeEnds,
  describeNames,
  describeNamespaces,
  describeOpen,
  describeTime,
} from "./describe-group.ts";
import { isOverAtOnce } from "./open-alert.ts";
import { countEnded, countOpen, isAllOver } from "./open-alerts.ts";
import { toThreadKey } from "./take-thread.ts";
import { readStored, withoutGrouping } from "./stored-alert.ts";

/** As long as the summary of one alert. */
export const SUMMARY_MAX_BYTES: number = 4 * 1024;

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
  const base = withoutGrouping(alert);
  const group = toSummary("first", 1, status, context);
  return toMessage(base, alert.data.alertId, group, status, context);
}

/** The message of a window's alerts; if there is only one, it is that alert itself. */
export function toWindow(
  collected: CollectedAlerts,
  status: AlertGroupStatus,
  context: MessageContext,
  silence?: string,
): OutboxMessage | undefined {
  const { count, isMore = false, names, since, alert } = collected;
  const alerts = countAlerts(collected);
  const isOver = isAllOver(status);
  const base = readStored(alert);
  if (base === undefined) return undefined;
  const isAlone = alerts === 1 && !isMore && silence === undefined;
  const objects = alerts > count ? { objects: count } : {};
  const group = { ...toSummary("window", alerts, status, context), ...objects, names, isMore };
  const isItself = isAlone && (!isOver || isOverAtOnce(base.data));
  if (isItself) return toMessage(base, base.data.alertId, group, status, context);
  const during = silence === undefined ? "" : `while they were silenced (${silence}), `;
  const state = isOver
    ? `none is open any more (${describeEnds(countEnded(status))})`
    : `${describeOpen(status)} open`;
  const where = describeNamespaces(status);
  const about =
    base.data.summary === "" ? [] : [`${describeShown(base, names)}: ${base.data.summary}`];
  const summary = [
    `${describeCount(collected)} in ${describeTime(since, context.now)}${where}, ${during}${state}: ${describeNames(names, count)}`,
    ...about,
  ].join("\n");
  const id = `${context.name}/${since}`;
  return toMessage(withSummary(base, summary), id, group, status, context);
}

function describeShown({ data }: AlertMessage, [first]: readonly string[]): string {
  const isFirst = first === undefined || first === describeAddress(data.trigger);
  return isFirst ? "The first of them" : "The most severe of them";
}

/** A reminder of these alerts, which are still open. */
export function toRepeat(
  status: AlertGroupStatus,
  objects: readonly OpenAlert[],
  context: MessageContext,
): OutboxMessage | undefined {
  const open = objects.length;
  const names = toNames(objects);
  const base = status.shown === undefined ? undefined : readStored(status.shown);
  if (base === undefined) return undefined;
  const since = describeTime(status.since ?? context.now, context.now);
  const more = status.isFull === true ? "more than " : "";
  const where = describeNamespaces(status);
  const summary = `Still ${more}${open} open${where}, the first for ${since}: ${describeNames(names, open)}\n${base.data.summary}`;
  const group = { ...toSummary("repeat", open, status, context), names };
  const id = `${context.name}/repeat@${context.now}`;
  // Those that a full group does not keep may be as severe as what was shown last.
  const others = status.isFull === true ? toSeverity(base.data) : undefined;
  const severity = toGreatest([...objects.map((object) => object.severity), others]);
  return toMessage(withSummary(base, summary, severity), id, group, status, context);
}

/** The message that no alert of the group is open any more. If it was full, only the objects that it has kept are known to be over. */
export function toResolved(
  status: AlertGroupStatus,
  context: MessageContext,
): OutboxMessage | undefined {
  const base = status.shown === undefined ? undefined : readStored(status.shown);
  if (base === undefined) return undefined;
  const { since = context.now, open } = status;
  const isOver = isAllOver(status);
  const ends = countEnded(status);
  const after = `after ${describeTime(since, context.now)}`;
  const head = isOver
    ? `${toCommonEnding(ends) === "well" ? "Resolved" : "Over"} ${after}: ${describeEnds(ends)}.`
    : `The ${open.length} objects that were counted are over ${after}: ${describeEnds(ends)}. There were more, which were not counted and may still be in this state.`;
  const summary = `${head} The alert was: ${base.data.summary}`;
  const group = toSummary(isOver ? "resolved" : "repeat", open.length, status, context);
  const id = `${context.name}/resolved@${since}`;
  // Subscriptions that select by severity get the end of what they were sent.
  const sent = [
    status.sentSeverity,
    toSeverity(base.data),
    ...open.map((object) => object.severity),
  ];
  return toMessage(withSummary(base, summary, toGreatest(sent)), id, group, status, context);
}

function toSummary(
  reason: AlertGroupSummary["reason"],
  alerts: number,
  status: AlertGroupStatus,
  { name, now }: MessageContext,
): AlertGroupSummary {
  const { since = now } = status;
  const more = status.isFull === true ? { isMore: true } : {};
  const ends = countEnded(status);
  const ended = ends === undefined ? {} : { ended: ends };
  return { name, reason, since, alerts, open: countOpen(status), names: [], ...more, ...ended };
}

/** The messages of one incident are one thread, or one incident of the receiver. */
function toThread(
  { since, thread }: AlertGroupStatus,
  { name, now }: MessageContext,
): Pick<AlertMessage["data"], "thread"> {
  const key = toThreadKey(name, since ?? now);
  return { thread: thread?.key === key ? { key, handle: thread.handle } : { key } };
}

/** `severity`: that of the objects that the message is about, if it is known. */
function withSummary(
  base: AlertMessage,
  text: string,
  severity: AlertSeverity = toSeverity(base.data),
): AlertMessage {
  const { severityFrom: _from, ...data } = base.data;
  return { ...base, data: { ...data, severity, summary: limitBytes(text, SUMMARY_MAX_BYTES) } };
}

/** Its status is that of the group: an incident of the receiver ends with the last alert. */
function toMessage(
  base: AlertMessage,
  id: string,
  group: AlertGroupSummary,
  state: AlertGroupStatus,
  context: MessageContext,
): OutboxMessage {
  const { now } = context;
  const { status: _own, ...rest } = base.data;
  const status = isAllOver(state) ? ("resolved" as const) : ("firing" as const);
  const data = { ...rest, alertId: id, status, group, ...toThread(state, context) };
  return { id, at: now, body: JSON.stringify({ ...base, id, time: now, data }) };
}
