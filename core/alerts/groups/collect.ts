import type { CollectedAlerts } from "../../../events/alert-group.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import { toStored } from "./stored-alert.ts";

/** The objects that a message names; the others are counted. */
export const NAMES_MAX = 10;

/** With one alert more. `isCounted`: false if the group cannot know whether it has counted the alert before. */
export function collect(
  collected: CollectedAlerts | undefined,
  alert: AlertMessage,
  now: string,
  isCounted: boolean,
): CollectedAlerts {
  const before = collected ?? { count: 0, names: [], since: now, alert: toStored(alert) };
  if (!isCounted) return { ...before, isMore: true };
  return {
    ...before,
    count: before.count + 1,
    names: addNames(before.names, [describeAddress(alert.data.trigger)]),
  };
}

/** Both together, as one message reports them. */
export function joinCollected(a: CollectedAlerts, b: CollectedAlerts | undefined): CollectedAlerts {
  if (b === undefined) return a;
  const first = a.since <= b.since ? a : b;
  return {
    count: a.count + b.count,
    ...(a.isMore === true || b.isMore === true ? { isMore: true } : {}),
    names: addNames(a.names, b.names),
    since: first.since,
    alert: first.alert,
  };
}

function addNames(names: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...names, ...more])].slice(0, NAMES_MAX);
}
