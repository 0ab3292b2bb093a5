import type { ComparisonCounts, MirrorStatus } from "../../../events/mirrors/mirror.ts";

/** A comparison that has not continued for this long has lost the message that continues it. */
const LOST_AFTER_MS = 15 * 60_000;

export const NOTHING_COMPARED: ComparisonCounts = {
  compared: 0,
  missing: 0,
  stale: 0,
  drifted: 0,
  orphans: 0,
};

/** Whether the objects of a rule and their copies in one target are to be compared now, by the status of the Mirror as it is stored. */
export function isComparisonDue(
  status: MirrorStatus | undefined,
  rule: {
    readonly digest: string;
    readonly compareEveryMs: number;
    readonly isPaused: boolean;
    /** The newest request for a comparison. */
    readonly request?: string | undefined;
    /** ms since the epoch. */
    readonly nowMs: number;
  },
): boolean {
  // Of a paused rule the comparison stores that it is paused, once.
  if (rule.isPaused) return status !== undefined && status.state !== "Paused";
  switch (status?.state) {
    case undefined:
    case "Behind":
    case "Paused":
      return true;
    case "Comparing": {
      const { comparison } = status;
      return (
        comparison === undefined || rule.nowMs - Date.parse(comparison.continuedAt) >= LOST_AFTER_MS
      );
    }
    case "InSync": {
      const { lastComparison, ruleDigest } = status;
      return (
        ruleDigest !== rule.digest ||
        lastComparison === undefined ||
        (rule.request !== undefined && rule.request !== lastComparison.request) ||
        rule.nowMs - Date.parse(lastComparison.finishedAt) >= rule.compareEveryMs
      );
    }
  }
}

/**
 * The status that is stored before a comparison lists the first object. From then on no message is acknowledged without being applied: a
 * change is seen by the list, or applied with its message.
 */
export function beginComparison(
  status: MirrorStatus | undefined,
  {
    startedAt,
    now,
    request,
  }: { readonly startedAt: string; readonly now: string; readonly request?: string | undefined },
): MirrorStatus {
  const { reason: _past, unreachableSince: _reached, ...kept } = status ?? {};
  const comparison = { startedAt, continuedAt: now, ...(request === undefined ? {} : { request }) };
  return { ...kept, state: "Comparing", since: now, comparison };
}

/** Whether a message continues the comparison that is in progress; another one has replaced it otherwise, or the target went away. */
export function isInProgress(
  status: MirrorStatus | undefined,
  startedAt: string,
): status is MirrorStatus {
  return status?.state === "Comparing" && status.comparison?.startedAt === startedAt;
}

/** The status that is stored when a comparison continues. */
export function continueComparison(status: MirrorStatus, now: string): MirrorStatus {
  if (status.comparison === undefined) return status;
  return { ...status, comparison: { ...status.comparison, continuedAt: now } };
}

/** The status of a mirror whose objects have all been compared. Each difference has a message of its own by then. */
export function endComparison(
  status: MirrorStatus,
  end: {
    readonly startedAt: string;
    readonly now: string;
    readonly digest: string;
    readonly counts: ComparisonCounts;
  },
): MirrorStatus {
  const { startedAt, now, digest, counts } = end;
  const { comparison, reason: _past, unreachableSince: _reached, ...kept } = status;
  const request = comparison?.request;
  const answered = request === undefined ? {} : { request };
  return {
    ...kept,
    state: "InSync",
    since: now,
    ruleDigest: digest,
    lastComparison: { startedAt, finishedAt: now, ...answered, ...counts },
  };
}
