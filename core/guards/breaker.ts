import type { GuardEntry } from "../../events/rule-guard.ts";
import { formatDuration } from "../text/duration.ts";
import {
  findAdmitted,
  isInFlight,
  LOOK_AGAIN_MS,
  toIso,
  toMs,
  type Guard,
  type Hold,
} from "./hold.ts";
import type { BreakerSettings } from "./settings.ts";

/** The failures since the last success, latest first. Ends of which nobody knows whether it worked are neither. */
export function findFailureRow(entries: readonly GuardEntry[]): readonly GuardEntry[] {
  const ended = entries
    .filter(({ outcome }) => outcome === "failed" || outcome === "succeeded")
    .toSorted((a, b) => toMs(b.endedAt) - toMs(a.endedAt));
  const success = ended.findIndex(({ outcome }) => outcome === "succeeded");
  return success === -1 ? ended : ended.slice(0, success);
}

/** Of a row of failures the latest of each object: the trouble of one object must not stop the rule for all others. */
export function toFailedTargets(row: readonly GuardEntry[]): readonly GuardEntry[] {
  const latest = new Map<string, GuardEntry>();
  for (const entry of row) if (!latest.has(entry.target)) latest.set(entry.target, entry);
  return [...latest.values()];
}

/** The breaker of the rule: remediations of several objects have failed in a row. */
export const holdBreaker: Guard = ({ entries }, _candidate, { breaker }, nowMs) => {
  if (breaker === undefined) return undefined;
  const failed = toFailedTargets(findFailureRow(entries));
  if (failed.length < breaker.failures) return undefined;
  const what = `the last remediations of ${failed.length} objects have all failed`;
  return holdOpen(entries, failed[0]?.endedAt, what, breaker, nowMs);
};

/** The breaker of one object: its remediations fail, or it comes back again and again. */
export const holdTargetBreaker: Guard = ({ entries }, { target }, { breaker }, nowMs) => {
  if (breaker === undefined) return undefined;
  const own = entries.filter((entry) => entry.target === target);
  const row = findFailureRow(own);
  if (row.length >= breaker.failures) {
    const what = `the last ${row.length} remediations of the object have failed`;
    const hold = holdOpen(own, row[0]?.endedAt, what, breaker, nowMs);
    return hold === undefined ? undefined : { ...hold, code: "TargetBreakerOpen" };
  }
  const recent = findAdmitted(own, breaker.withinMs, nowMs);
  const last = recent.at(-1);
  if (recent.length < breaker.sameTarget || last === undefined) return undefined;
  const untilMs = toMs(last.admittedAt) + breaker.halfOpenAfterMs;
  if (untilMs <= nowMs) return undefined;
  const until = toIso(untilMs);
  const message = `the object was remediated ${recent.length} times within ${formatDuration(breaker.withinMs)} and matches again: the remediation does not help it (breaker). The next is tried at ${until}`;
  return { code: "TargetBreakerOpen", message, until };
};

/** Open for `halfOpenAfterMs`, then half-open: one remediation is tried, and its end decides. */
function holdOpen(
  entries: readonly GuardEntry[],
  lastFailure: string | undefined,
  what: string,
  { halfOpenAfterMs }: BreakerSettings,
  nowMs: number,
): Hold | undefined {
  const untilMs = toMs(lastFailure) + halfOpenAfterMs;
  if (nowMs < untilMs) {
    const until = toIso(untilMs);
    return {
      code: "BreakerOpen",
      message: `${what} (breaker). The next is tried at ${until}`,
      until,
    };
  }
  const isTried = entries.some(
    (entry) => isInFlight(entry) && toMs(entry.admittedAt) > toMs(lastFailure),
  );
  if (!isTried) return undefined;
  const until = toIso(nowMs + LOOK_AGAIN_MS);
  return { code: "BreakerOpen", message: `${what} (breaker). One is tried now`, until };
}
