import type {
  ComparisonCounts,
  ComparisonProgress,
  MirrorStatus,
} from "../../../events/mirrors/mirror.ts";

import { BEHIND_AFTER_MS } from "./target-away.ts";

/** A comparison that has not continued for this long has lost the message that continues it. */
const LOST_AFTER_MS = 15 * 60_000;

/** Namespaces that a Mirror remembers. */
const NAMESPACES_MAX = 1_000;

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
    case "NotCompared":
    case "Obsolete":
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

/** The content of a message of a comparison, and the time at which it is taken. */
type AskedComparison = {
  /** The comparison that it is about. */
  readonly startedAt: string;
  readonly now: string;
  /** The newest request for a comparison. */
  readonly request?: string | undefined;
};

/**
 * The status with the comparison that a message begins or continues; undefined if it is about none. Messages are hints, from any
 * sender: one begins what is due, and the progress of a comparison is stored in the status. One that was begun by another rule begins again.
 */
export function takeComparison(
  status: MirrorStatus | undefined,
  asked: AskedComparison,
  rule: { readonly digest: string; readonly compareEveryMs: number; readonly nowMs: number },
): MirrorStatus | undefined {
  const { request } = asked;
  const isOurs = isInProgress(status, asked.startedAt);
  if (isOurs && status.comparison?.digest === rule.digest) return status;
  const isDue = isOurs || isComparisonDue(status, { ...rule, request, isPaused: false });
  return isDue ? beginComparison(status, asked, rule.digest) : undefined;
}

/**
 * The status that is stored before a comparison lists the first object. From then on no message is acknowledged without being applied: a
 * change is seen by the list, or applied with its message.
 */
export function beginComparison(
  status: MirrorStatus | undefined,
  { startedAt, now, request }: AskedComparison,
  digest: string,
): MirrorStatus {
  const { reason, unreachableSince: _reached, ...kept } = status ?? {};
  // The failure of the one before is kept until one comes to its end.
  const isFailing = status?.failingSince !== undefined && reason !== undefined;
  const failure = isFailing ? { reason } : {};
  const requested = request === undefined ? {} : { request };
  const comparison = { startedAt, continuedAt: now, digest, ...requested };
  return { ...kept, ...failure, state: "Comparing", since: now, comparison };
}

/**
 * The status after a comparison in progress has failed although the target answers; undefined if it is not in progress any more. After
 * minutes of such failures the mirror is NotCompared. `isOver`: it is begun again by the sweep; otherwise its message is tried again.
 */
export function failComparison(
  status: MirrorStatus | undefined,
  startedAt: string,
  failure: { readonly now: string; readonly reason: string; readonly isOver: boolean },
): MirrorStatus | undefined {
  if (!isInProgress(status, startedAt)) return undefined;
  const { now, reason, isOver } = failure;
  const { failingSince = now } = status;
  const failed = { ...status, reason, failingSince };
  if (!isOver) return failed;
  const { comparison: _ended, ...kept } = failed;
  return isFailingForLong(failed, Date.parse(now))
    ? { ...kept, state: "NotCompared", since: now }
    : kept;
}

/** Whether no comparison has come to its end for so long that somebody has to look. */
export function isFailingForLong(
  status: Pick<MirrorStatus, "failingSince"> | undefined,
  nowMs: number,
): boolean {
  const { failingSince } = status ?? {};
  return failingSince !== undefined && nowMs - Date.parse(failingSince) >= BEHIND_AFTER_MS;
}

/** Whether this comparison is in progress: another one may have replaced it, or the target may have gone away. */
export function isInProgress(
  status: MirrorStatus | undefined,
  startedAt: string,
): status is MirrorStatus {
  return status?.state === "Comparing" && status.comparison?.startedAt === startedAt;
}

/** The status that is stored when a part of a comparison is done; undefined if that is no longer the part to be done. */
export function continueComparison(
  status: MirrorStatus | undefined,
  done: Pick<ComparisonProgress, "startedAt" | "step">,
  next: { readonly now: string; readonly cursor: string },
): MirrorStatus | undefined {
  if (!isAtStep(status, done)) return undefined;
  const { step = 0 } = done;
  const { now: continuedAt, cursor } = next;
  return {
    ...status,
    comparison: { ...status.comparison, ...done, continuedAt, cursor, step: step + 1 },
  };
}

/** Whether this comparison is in progress, and has not continued since. */
export function isAtStep(
  status: MirrorStatus | undefined,
  { startedAt, step }: Pick<ComparisonProgress, "startedAt" | "step">,
): status is MirrorStatus {
  return isInProgress(status, startedAt) && status.comparison?.step === step;
}

/** The status of a mirror whose objects have all been compared. Each difference has a message of its own by then. */
export function endComparison(
  status: MirrorStatus,
  end: {
    readonly startedAt: string;
    readonly now: string;
    readonly digest: string;
    readonly counts: ComparisonCounts;
    /** The namespaces of the target in which copies are, or may be; undefined if they are looked for in all. */
    readonly namespaces?: readonly string[] | undefined;
  },
): MirrorStatus {
  const { startedAt, now, digest, counts, namespaces } = end;
  const {
    comparison,
    reason: _past,
    unreachableSince: _reached,
    failingSince: _failed,
    namespaces: _before,
    unwritableSince,
    unwritableObject,
    ...kept
  } = status;
  // Whether writes succeed is known only if there is nothing left to write.
  const isUnwritable = unwritableSince !== undefined && isDifferent(counts);
  const unwritable = isUnwritable ? { unwritableSince, unwritableObject } : {};
  const request = comparison?.request;
  const answered = request === undefined ? {} : { request };
  return {
    ...kept,
    ...unwritable,
    state: "InSync",
    since: now,
    ruleDigest: digest,
    ...(namespaces === undefined ? {} : { namespaces: namespaces.slice(0, NAMESPACES_MAX) }),
    lastComparison: { startedAt, finishedAt: now, ...answered, ...counts },
  };
}

function isDifferent({ missing, stale, drifted, orphans }: ComparisonCounts): boolean {
  return missing + stale + drifted + orphans > 0;
}
