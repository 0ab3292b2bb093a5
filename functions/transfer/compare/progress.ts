import type {
  ComparisonCounts,
  ComparisonProgress,
  MirrorSpec,
} from "../../../events/mirrors/mirror.ts";
import type { MirrorStore } from "../../../adapters/kubernetes/mirror/mirror-store.ts";
import {
  continueComparison,
  endComparison,
  failComparison,
  isAtStep,
  takeComparison,
} from "../../../core/mirror/state/comparison.ts";
import { limitText } from "../../../core/text/limit-text.ts";
import { parseDuration } from "../../../core/text/duration.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";
import { formatCursor, type Cursor } from "./cursor.ts";

const REASON_MAX = 1_000;

export type ProgressDeps = {
  readonly mirrors: Pick<MirrorStore, "change">;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** The comparison of a mirror, at the step that was taken. */
type Taken = { readonly mirror: MirrorSpec; readonly progress: ComparisonProgress };

export type Begun = {
  readonly progress: ComparisonProgress;
  /** The namespaces of the target in which earlier comparisons have seen to copies. */
  readonly remembered: readonly string[];
  /** Whether there was a comparison that did not store these. */
  readonly isUnknown: boolean;
};

/** Begins or continues the comparison that a message is about; undefined if there is nothing to be done. */
export function takeProgress(
  { mirrors, now }: ProgressDeps,
  asked: {
    readonly mirror: MirrorSpec;
    readonly started: string;
    readonly work: Pick<MirrorWork, "rule" | "mirror">;
  },
  signal: AbortSignal,
): Promise<Begun | undefined> {
  const { mirror, started: startedAt, work } = asked;
  const nowMs = now();
  const compareEveryMs = parseDuration(work.mirror.compareEvery) ?? 3_600_000;
  const rule = { digest: work.rule.digest, compareEveryMs, nowMs };
  return mirrors.change(
    mirror,
    (status, request) => {
      const about = { startedAt, now: new Date(nowMs).toISOString(), request };
      const taken = takeComparison(status, about, rule);
      if (taken?.comparison === undefined) return { outcome: "keep", answer: undefined };
      const { comparison: progress, namespaces, lastComparison } = taken;
      const isUnknown = namespaces === undefined && lastComparison !== undefined;
      const answer = { progress, remembered: namespaces ?? [], isUnknown };
      if (taken === status) return { outcome: "keep", answer };
      return { outcome: "write", status: taken, answer };
    },
    signal,
  );
}

/** Stores the progress of the comparison; the number of the next step, or undefined if somebody else has taken this one, too. */
export function saveProgress(
  { mirrors, now }: ProgressDeps,
  { mirror, progress }: Taken,
  cursor: Cursor,
  signal: AbortSignal,
): Promise<number | undefined> {
  const next = { now: new Date(now()).toISOString(), cursor: formatCursor(cursor) };
  return mirrors.change(
    mirror,
    (status) => {
      const changed = continueComparison(status, progress, next);
      return changed === undefined
        ? { outcome: "keep", answer: undefined }
        : { outcome: "write", status: changed, answer: changed.comparison?.step };
    },
    signal,
  );
}

/** Stores that everything has been compared, unless somebody else has. */
export function endProgress(
  { mirrors, now }: ProgressDeps,
  { mirror, progress, work }: Taken & { readonly work: Pick<MirrorWork, "rule"> },
  found: { readonly counts: ComparisonCounts; readonly namespaces?: readonly string[] | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { startedAt } = progress;
  const { digest } = work.rule;
  const end = { startedAt, digest, ...found, now: new Date(now()).toISOString() };
  return mirrors.change(
    mirror,
    (status) =>
      isAtStep(status, progress)
        ? { outcome: "write", status: endComparison(status, end), answer: undefined }
        : { outcome: "keep", answer: undefined },
    signal,
  );
}

/** Stores that the comparison has failed, and why; if it is over, the sweep begins it again. */
export function failProgress(
  { mirrors, now }: ProgressDeps,
  { mirror, started }: { readonly mirror: MirrorSpec; readonly started: string },
  failure: { readonly reason: string; readonly isOver: boolean },
  signal: AbortSignal,
): Promise<void> {
  const reason = limitText(failure.reason, REASON_MAX);
  return mirrors.change(
    mirror,
    (status) => {
      const at = new Date(now()).toISOString();
      const failed = failComparison(status, started, { ...failure, reason, now: at });
      return failed === undefined
        ? { outcome: "keep", answer: undefined }
        : { outcome: "write", status: failed, answer: undefined };
    },
    signal,
  );
}
