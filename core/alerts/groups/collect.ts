import type { CollectedAlerts, OpenAlert } from "../../../events/alert-group.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import { isMoreSevere, toSeverity } from "../../severity.ts";
import { readSeverity, toStored } from "./stored-alert.ts";

/** The objects that a message names; the others are counted. */
const NAMES_MAX = 10;

/**
 * With one alert more. `as`: `new` if its object is not counted there yet, `again` if it is, and `unknown` if the group cannot know, because
 * it keeps no more objects.
 */
export function collect(
  collected: CollectedAlerts | undefined,
  alert: AlertMessage,
  now: string,
  as: "new" | "again" | "unknown",
): CollectedAlerts {
  const first = collected ?? { count: 0, names: [], since: now, alert: toStored(alert) };
  const isWorse = isMoreSevere(toSeverity(alert.data), readSeverity(first.alert));
  const before = isWorse ? { ...first, alert: toStored(alert) } : first;
  if (as === "unknown") return { ...before, isMore: true };
  const count = before.count + (as === "new" ? 1 : 0);
  return {
    ...before,
    count,
    ...toAlerts(count, countAlerts(before) + 1),
    names: addNames(before.names, [describeAddress(alert.data.trigger)]),
  };
}

/** Both together, as one message reports them. `common`: how many objects are counted in both. */
export function joinCollected(
  a: CollectedAlerts,
  b: CollectedAlerts | undefined,
  common: number,
): CollectedAlerts {
  if (b === undefined) return a;
  const [first, second] = a.since <= b.since ? [a, b] : [b, a];
  const isWorse = isMoreSevere(readSeverity(second.alert), readSeverity(first.alert));
  const count = Math.max(0, a.count + b.count - common);
  return {
    count,
    ...toAlerts(count, countAlerts(a) + countAlerts(b)),
    ...(a.isMore === true || b.isMore === true ? { isMore: true } : {}),
    names: addNames(a.names, b.names),
    since: first.since,
    alert: isWorse ? second.alert : first.alert,
  };
}

export function countAlerts({ count, alerts = count }: CollectedAlerts): number {
  return alerts;
}

/** The number of alerts, if there are more than objects. */
export function toAlerts(count: number, alerts: number): Pick<CollectedAlerts, "alerts"> {
  return alerts > count ? { alerts } : {};
}

export function toNames(objects: readonly OpenAlert[]): readonly string[] {
  return addNames([], objects.slice(0, NAMES_MAX).map(describeAddress));
}

function addNames(names: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...names, ...more])].slice(0, NAMES_MAX);
}
