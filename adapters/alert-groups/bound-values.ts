import type { AlertMessage } from "../../events/alert.ts";
import { toGroup } from "../../core/alerts/groups/group-of.ts";

/** So many values of `groupBy` have a group of their own, for each rule, receiver, class and namespace. */
export const VALUES_MAX = 20;
/** The value that the others share. */
const OTHER_VALUES = "(other values)";
/** A value that was not seen for so long makes room for another one. */
const REMEMBERED_MS = 3_600_000;

/** Gives an alert the value of `groupBy` under which it is grouped. */
export type BoundValues = (alert: AlertMessage) => AlertMessage;

/**
 * The values of `groupBy` are chosen by those who write objects: without a bound each object could be a group, and a message, of its own.
 * Each process counts for itself, so that no alert waits for another request: with several processes there are as many times more groups.
 */
export function createBoundValues(now: () => string): BoundValues {
  /** By the name of the group that the others share: the values, and when they were seen last (ms since the epoch). */
  const seen = new Map<string, Map<string, number>>();
  return (alert) => {
    const { grouping } = alert.data;
    if (grouping === undefined || grouping === "off" || grouping.key === undefined) return alert;
    const data = { ...alert.data, grouping: { ...grouping, key: OTHER_VALUES } };
    const others = { ...alert, data };
    const shared = toGroup(others);
    if (shared === undefined) return alert;
    const nowMs = Date.parse(now());
    const values = withoutOld(seen.get(shared.name), nowMs);
    const isKept = values.has(grouping.key) || values.size < VALUES_MAX;
    if (isKept) values.set(grouping.key, nowMs);
    seen.set(shared.name, values);
    return isKept ? alert : others;
  };
}

function withoutOld(values: ReadonlyMap<string, number> = new Map(), nowMs: number) {
  return new Map([...values].filter(([, seenMs]) => seenMs + REMEMBERED_MS > nowMs));
}
