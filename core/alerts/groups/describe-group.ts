import type { AlertGroupStatus, CollectedAlerts } from "../../../events/alert-group.ts";
import { ALERT_ENDS, type AlertEndReason, type AlertEnds } from "../../../events/alert.ts";
import { formatDuration } from "../../text/duration.ts";
import { countAlerts } from "./collect.ts";
import { countOpen } from "./open-alerts.ts";

/** How many namespaces a message names. */
const NAMESPACES_MAX = 5;

/** Objects, with the number of alerts on them if these are more. */
export function describeCount(collected: CollectedAlerts): string {
  const { count, isMore = false } = collected;
  const alerts = countAlerts(collected);
  const objects = `${isMore ? "more than " : ""}${count} ${count === 1 ? "object" : "objects"}`;
  return alerts > count ? `${objects} (${alerts} alerts)` : objects;
}

export function describeOpen(status: AlertGroupStatus): string {
  const open = countOpen(status);
  return status.isFull === true ? `more than ${open}` : String(open);
}

export function describeNames(names: readonly string[], count: number): string {
  const more = count - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Where the objects are, if that is not one namespace. */
export function describeNamespaces({ open }: AlertGroupStatus): string {
  const namespaces = [...new Set(open.map(({ namespace }) => namespace ?? "no namespace"))];
  if (namespaces.length < 2) return "";
  const shown = namespaces.toSorted().slice(0, NAMESPACES_MAX);
  return `, in ${namespaces.length} namespaces (${describeNames(shown, namespaces.length)})`;
}

const ENDS: Readonly<Record<AlertEndReason, string>> = {
  fails: "the condition no longer holds",
  remediated: "the remediation succeeded",
  released: "no remediation is held back any more",
  gone: "the object is gone",
  noRule: "the pipeline no longer has the rule",
};

/** Why alerts are over, with numbers if there are several reasons. */
export function describeEnds(ends: AlertEnds = {}): string {
  const found = ALERT_ENDS.flatMap((why) => {
    const count = ends[why] ?? 0;
    return count === 0 ? [] : [{ text: ENDS[why], count }];
  });
  const [only, ...others] = found;
  if (only === undefined) return "no alert is open any more";
  if (others.length === 0) return only.text;
  return found.map(({ text, count }) => `${text} (${count})`).join(", ");
}

/** In whole seconds, minutes or hours. */
export function describeTime(from: string, to: string): string {
  const ms = Math.max(0, Date.parse(to) - Date.parse(from));
  const unit = ms >= 2 * 3_600_000 ? 3_600_000 : ms >= 2 * 60_000 ? 60_000 : 1_000;
  return formatDuration(Math.max(unit, Math.round(ms / unit) * unit));
}
