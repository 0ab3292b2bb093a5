import { limitMessage } from "../../../core/text/limit-message.ts";
import { describeError, isKubemendError } from "../../../core/errors.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import {
  countTaken,
  toCompact,
  withFailure,
  type TargetEntry,
  type TargetProgress,
} from "../../../core/records/targets/progress.ts";
import { comparePlaces, nameTarget, type FoundTarget } from "./find-targets.ts";
import { planTarget, type PlannedTarget, type PlanTargetContext } from "./plan-target.ts";

/** The entry of a target that is taken now; one that cannot be planned yet waits. */
type SettledTarget = Exclude<PlannedTarget, { readonly outcome: "wait" }>;

/** New targets in a page. */
export const PAGE_TARGETS = 100;
/** Those of earlier pages that still wait stay in the page beside the new ones. */
const ENTRIES_MAX = 200;
/** The page is stored in the record, beside the plan. */
const PAGE_MAX_BYTES = 80 * 1024;
/** A target that could not be planned is looked at again after this. */
const AGAIN_MS = 15_000;
/** If so many targets in a row fail for a reason that may pass, it is not the targets' reason. */
export const FAILURES_IN_A_ROW_MAX = 3;

/**
 * The next page: the targets that still wait, and new ones, with what is done to each. Nothing is written. `find` gives all targets that
 * there are now. A target that cannot be planned for a reason that may pass waits; it does not stop the others.
 */
export async function takePage(
  progress: TargetProgress,
  operation: FanOutOperation,
  context: PlanTargetContext & { readonly find: () => Promise<readonly FoundTarget[]> },
  signal: AbortSignal,
): Promise<TargetProgress> {
  const failures = { inARow: 0 };
  const plan = (target: FoundTarget, before?: TargetEntry): Promise<SettledTarget> =>
    planOrWait(operation, target, { ...context, failures, before }, signal);
  let page = await planAgain(toCompact(progress), context.now, plan);
  if (page.complete === true) return page;
  const room = Math.min(PAGE_TARGETS, ENTRIES_MAX - page.page.length);
  let bytes = JSON.stringify(page.page).length;
  let taken = 0;
  const following = (await context.find()).filter(
    ({ at }) => page.after === undefined || comparePlaces(at, page.after) > 0,
  );
  for (const [index, target] of following.entries()) {
    if (operation.atMost !== undefined && countTaken(page) >= operation.atMost) {
      return { ...page, complete: true, beyond: following.length - index };
    }
    if (taken >= room || bytes >= PAGE_MAX_BYTES) return page;
    const planned = await plan(target);
    page = { ...withPlanned(page, planned, nameTarget(operation, target)), after: target.at };
    if (planned.outcome !== "entry") continue;
    taken += 1;
    bytes += JSON.stringify(planned.entry).length;
  }
  return { ...page, complete: true };
}

/** Plans the targets again that could not be planned before, and whose time has come. */
async function planAgain(
  progress: TargetProgress,
  now: string,
  plan: (target: FoundTarget, before: TargetEntry) => Promise<SettledTarget>,
): Promise<TargetProgress> {
  let next: TargetProgress = { ...progress, page: [] };
  for (const entry of progress.page) {
    const isDue = entry.operation === undefined && (entry.until ?? "") <= now;
    const planned = isDue
      ? await plan(toFound(entry), entry)
      : ({ outcome: "entry", entry } as const);
    next = withPlanned(next, planned, entry.object);
  }
  return next;
}

function toFound({ at }: TargetEntry): FoundTarget {
  const slash = at.key.indexOf("/");
  return { at, namespace: at.key.slice(0, slash) || null, name: at.key.slice(slash + 1) };
}

function withPlanned(
  progress: TargetProgress,
  planned: SettledTarget,
  object: string,
): TargetProgress {
  switch (planned.outcome) {
    case "entry":
      return { ...progress, page: [...progress.page, planned.entry] };
    case "unchanged":
      return { ...progress, unchanged: progress.unchanged + 1 };
    case "none":
      return progress;
    case "failed": {
      const { code, message } = planned;
      return withFailure(progress, { object, code, message });
    }
  }
}

type PlanOrWaitContext = PlanTargetContext & {
  readonly failures: { inARow: number };
  readonly before: TargetEntry | undefined;
};

async function planOrWait(
  operation: FanOutOperation,
  target: FoundTarget,
  { failures, before, ...context }: PlanOrWaitContext,
  signal: AbortSignal,
): Promise<SettledTarget> {
  try {
    const planned = await planTarget(operation, target, context, signal);
    failures.inARow = 0;
    if (planned.outcome !== "wait") return planned;
    const cause = { code: planned.reason, message: planned.message };
    return toWaiting(operation, target, cause, { now: context.now, before });
  } catch (error) {
    failures.inARow += 1;
    if (failures.inARow >= FAILURES_IN_A_ROW_MAX || signal.aborted) throw error;
    const code = isKubemendError(error) ? error.code : "Internal";
    const cause = { code, message: describeError(error) };
    return toWaiting(operation, target, cause, { now: context.now, before });
  }
}

function toWaiting(
  operation: FanOutOperation,
  target: FoundTarget,
  { code, message }: { readonly code: string; readonly message: string },
  { now, before }: { readonly now: string; readonly before: TargetEntry | undefined },
): SettledTarget {
  const nowMs = Date.parse(now);
  const startedAt = before?.startedAt ?? now;
  if (nowMs - Date.parse(startedAt) >= operation.giveUpAfterMs) {
    return { outcome: "failed", code, message };
  }
  const until = new Date(nowMs + AGAIN_MS).toISOString();
  const object = nameTarget(operation, target);
  const entry = {
    at: target.at,
    object,
    state: "waiting",
    startedAt,
    until,
    code,
    message: limitMessage(message),
  } as const;
  return { outcome: "entry", entry };
}
