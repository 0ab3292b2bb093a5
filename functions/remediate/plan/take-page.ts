import { limitMessage } from "../../../core/text/limit-message.ts";
import { describeError, isKubemendError } from "../../../core/errors.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import {
  countTaken,
  toCompact,
  toNamespace,
  withFailure,
  withRefused,
  type TargetEntry,
  type TargetPlace,
  type TargetProgress,
} from "../../../core/records/targets/progress.ts";
import {
  isPending,
  isSameGroup,
  withoutTaken,
  withPassedOver,
  withTaken,
} from "../../../core/records/targets/turns.ts";
import { nameTarget } from "./targets/find-targets.ts";
import type { FoundTarget } from "./targets/found-target.ts";
import { createPageRoom } from "./targets/page-room.ts";
import { planTarget, type PlannedTarget, type PlanTargetContext } from "./plan-target.ts";
import { watchTrouble } from "./targets/trouble.ts";

/** The entry of a target that is taken now; one that cannot be planned yet waits. */
type SettledTarget = Exclude<PlannedTarget, { readonly outcome: "wait" }>;

/** A target that could not be planned is looked at again after this. */
const AGAIN_MS = 15_000;

export type TakePageContext = PlanTargetContext & {
  /** All targets that there are now. */
  readonly find: () => Promise<readonly FoundTarget[]>;
  /** Remembers the progress, in case that the run fails. */
  readonly keep: (progress: TargetProgress) => void;
  /** Whether the run has no time left for another target. */
  readonly isOver: () => boolean;
};

/**
 * The next page: the targets that still wait, and new ones, with what is done to each. Nothing is written. A target that cannot be planned
 * for a reason that may pass waits; it does not stop the others, and neither does a namespace of which many wait. Throws if several in a
 * row cannot be planned, and not only in one of several namespaces.
 */
export async function takePage(
  progress: TargetProgress,
  operation: FanOutOperation,
  context: TakePageContext,
  signal: AbortSignal,
): Promise<TargetProgress> {
  const page = await planAgain(toCompact(progress), operation, context, signal);
  if (page.complete === true || context.isOver()) return page;
  const pending = (await context.find()).filter(({ at }) => isPending(page, at));
  return takeNew(page, pending, operation, context, signal);
}

async function takeNew(
  before: TargetProgress,
  pending: readonly FoundTarget[],
  operation: FanOutOperation,
  context: TakePageContext,
  signal: AbortSignal,
): Promise<TargetProgress> {
  const namespaces = pending.map(({ at }) => toNamespace(at));
  const trouble = watchTrouble(namespaces);
  const room = createPageRoom(before.page, new Set(namespaces));
  const passedOver: TargetPlace[] = [];
  let [page, skipped] = [before, 0];
  for (const [index, target] of pending.entries()) {
    if (operation.atMost !== undefined && countTaken(page) >= operation.atMost) {
      return { ...page, complete: true, beyond: skipped + pending.length - index };
    }
    if (room.isFull() || context.isOver()) return page;
    const namespace = toNamespace(target.at);
    // Once one is passed over, so are those that follow in its namespace: they are taken in order.
    const isBehind = passedOver.some((at) => isSameGroup(at, target.at));
    if (isBehind || trouble.isIn(namespace) || room.hasHadShare(namespace)) {
      page = withPassedOver(page, target.at);
      if (!isBehind) passedOver.push(target.at);
      skipped += 1;
      continue;
    }
    const object = nameTarget(operation, target);
    if (target.refusal !== undefined) {
      const { code, message } = target.refusal;
      page = withRefused(withTaken(page, target.at), { object, code, message: `it ${message}` });
      continue;
    }
    const { planned, failure } = await planOrWait(operation, target, context, signal);
    page = withTaken(withPlanned(page, planned, object), target.at);
    if (planned.outcome === "entry") room.add(planned.entry);
    if (failure === undefined) trouble.succeeded();
    else if (trouble.failed(namespace, failure)) {
      context.keep(page);
      throw failure;
    }
  }
  const rest = withoutTaken(page, passedOver);
  return passedOver.length > 0 ? rest : { ...rest, complete: true };
}

/** Plans the targets again that could not be planned before, or were only blocked, and whose time has come. */
async function planAgain(
  progress: TargetProgress,
  operation: FanOutOperation,
  context: TakePageContext,
  signal: AbortSignal,
): Promise<TargetProgress> {
  let next: TargetProgress = { ...progress, page: [] };
  for (const entry of progress.page) {
    const isDue = entry.operation === undefined && (entry.until ?? "") <= context.now;
    if (!isDue || context.isOver()) {
      next = { ...next, page: [...next.page, entry] };
      continue;
    }
    const { planned } = await planOrWait(operation, toFound(entry), context, signal, entry);
    next = withPlanned(next, planned, entry.object);
  }
  return next;
}

function toFound({ at, uid }: TargetEntry): FoundTarget {
  const namespace = toNamespace(at) || null;
  const name = at.key.slice(at.key.indexOf("/") + 1);
  return { at, namespace, name, ...(uid === undefined ? {} : { uid }) };
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

/** Plans a target; one that cannot be planned for a reason that may pass waits, with that failure. */
async function planOrWait(
  operation: FanOutOperation,
  target: FoundTarget,
  context: PlanTargetContext,
  signal: AbortSignal,
  before?: TargetEntry,
): Promise<{ readonly planned: SettledTarget; readonly failure?: unknown }> {
  const { now } = context;
  try {
    const planned = await planTarget(operation, target, context, signal);
    if (planned.outcome === "wait") {
      const cause = { code: planned.reason, message: planned.message };
      return { planned: toWaiting(operation, target, cause, { now, before }) };
    }
    // Its time began when it was blocked.
    if (planned.outcome !== "entry" || before?.startedAt === undefined) return { planned };
    const entry = { ...planned.entry, startedAt: before.startedAt };
    return { planned: { outcome: "entry", entry } };
  } catch (failure) {
    if (signal.aborted) throw failure;
    const code = isKubemendError(failure) ? failure.code : "Internal";
    const cause = { code, message: describeError(failure) };
    return { planned: toWaiting(operation, target, cause, { now, before }), failure };
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
  const { at, uid } = target;
  const entry = {
    at,
    object,
    ...(uid === undefined ? {} : { uid }),
    state: "waiting",
    startedAt,
    until,
    code,
    message: limitMessage(message),
  } as const;
  return { outcome: "entry", entry };
}
