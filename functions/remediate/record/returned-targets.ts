import type { RecordStep } from "../../../events/remediation.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import { withFailure, type TargetProgress } from "../../../core/records/targets/progress.ts";
import { isLeftAlone, withReturned } from "../../../core/records/targets/returns.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import { nameTarget } from "../plan/targets/find-targets.ts";
import type { FoundTarget } from "../plan/targets/found-target.ts";
import type { HeldRecord } from "./held-record.ts";

/** Whether it is looked for more targets when all have ended. A dry run leaves everything where it is, and what has failed stays too. */
export function isRepeated(
  { untilNone }: FanOutOperation,
  held: HeldRecord,
  { failed }: TargetProgress,
): boolean {
  return untilNone === true && held.record().spec.mode !== "dryRun" && failed === 0;
}

/** Whether a fan-out that continues until no target is left has taken too long. */
export function isTimeOver(
  { startedAt }: RecordStep,
  { giveUpAfterMs }: FanOutOperation,
  nowMs: number,
): boolean {
  return startedAt !== undefined && nowMs - Date.parse(startedAt) >= giveUpAfterMs;
}

/**
 * The progress with the targets that a look has found. It stays complete if there is none, or none that is still acted upon: these have
 * failed with KeepsComing.
 */
export function takeReturned(
  operation: FanOutOperation,
  progress: TargetProgress,
  left: readonly FoundTarget[],
  isLate: boolean,
): TargetProgress {
  if (left.length === 0) return progress;
  const found = new Set(left.map(({ namespace }) => namespace ?? ""));
  const next = withReturned(progress, found);
  const isAlone = ({ namespace }: FoundTarget): boolean => isLate || isLeftAlone(next, namespace);
  if (!left.every(isAlone)) return next;
  let ended = progress;
  for (const target of left) {
    const object = nameTarget(operation, target);
    const message = isLate ? toLate(operation) : ALONE;
    ended = withFailure(ended, { object, code: "KeepsComing", message });
  }
  return ended;
}

/** Without the targets that are left alone because their namespace sends new ones again and again. */
export function withoutLeftAlone(
  progress: TargetProgress,
  targets: readonly FoundTarget[],
): readonly FoundTarget[] {
  return targets.filter(({ namespace }) => !isLeftAlone(progress, namespace));
}

const ALONE =
  "targets of its namespace came again after each time that they had been acted upon, so it was left alone: find out what creates it";

function toLate({ giveUpAfterMs }: FanOutOperation): string {
  const within = formatDuration(giveUpAfterMs);
  return `it came while the others were acted upon, for ${within}: find out what creates it`;
}
