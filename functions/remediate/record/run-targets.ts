import type { RecordStatus } from "../../../events/remediation.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { isTemporary } from "../../../core/records/is-temporary.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import { toStepEnded } from "../../../core/records/step-progress.ts";
import {
  parseTargetProgress,
  withTargets,
  type TargetEntry,
  type TargetProgress,
} from "../../../core/records/targets/progress.ts";
import { withNextLook } from "../../../core/records/targets/returns.ts";
import { describeProgress, toTargetsOutcome } from "../../../core/records/targets/outcome.ts";
import { toWaiting } from "../../../core/records/wait.ts";
import { findTargets } from "../plan/targets/find-targets.ts";
import type { FoundTarget } from "../plan/targets/found-target.ts";
import { readCatalog } from "../plan/live-match.ts";
import { takePage } from "../plan/take-page.ts";
import type { HeldRecord } from "./held-record.ts";
import { isRepeated, isTimeOver, takeReturned, withoutLeftAlone } from "./returned-targets.ts";
import { runPage } from "./run-page.ts";
import {
  openExecutor,
  toTime,
  type RemediateDeps,
  type RemediationResult,
  type Run,
} from "./run.ts";
import { saveWait } from "./save-outcome.ts";

/** Without this much time left no further target is begun: the run could not save what it had done. */
const TIME_LEFT_MS = 10_000;
/** The run that continues with the next targets begins after this. */
const NEXT_RUN_MS = 1_000;

/**
 * Carries out a fan-out, page by page, until all targets have ended, or the record waits. Each page is saved before its first write:
 *
 *     find targets ─▶ plan a page (reads only) ─▶ save ─▶ write to each target ─▶ outcomes ─┐
 *         ▲                                                                                 │
 *         └────── the ended ones become numbers, those that wait stay in the page ◀─────────┘
 *
 * A run that dies between two of these is continued from the saved page. Every write in it can be repeated.
 */
export async function runTargets(
  held: HeldRecord,
  started: RecordStatus,
  at: Place,
  deps: RemediateDeps,
  run: Run,
): Promise<Ran> {
  try {
    return await runPages(held, started, at, deps, run);
  } catch (error) {
    if (isTemporary(error) || !isKubemendError(error)) throw error;
    // Nothing more can be done, but the rule's other stage and its alerts.
    const { code, message } = error;
    const status = toStepEnded(
      held.status(),
      at.index,
      { outcome: "failed", code, message },
      toTime(deps),
    );
    return { status };
  }
}

type Place = { readonly index: number; readonly operation: FanOutOperation };
type Ran = { readonly status: RecordStatus } | { readonly result: RemediationResult };

async function runPages(
  held: HeldRecord,
  started: RecordStatus,
  { index, operation: planned }: Place,
  deps: RemediateDeps,
  run: Run,
): Promise<Ran> {
  const { verify: _verify, ...unverified } = planned;
  // A dry run has no effect that could be verified.
  const operation = held.record().spec.mode === "dryRun" ? unverified : planned;
  const step = started.steps?.[index];
  const read = parseTargetProgress(step ?? { name: "", state: "started" });
  if (step === undefined || !read.ok) {
    const message = `the progress of ${operation.name} cannot be read: ${read.ok ? "" : read.error}`;
    const outcome = { outcome: "failed", code: "PlanUnreadable", message } as const;
    return { status: toStepEnded(started, index, outcome, toTime(deps)) };
  }
  const keep = (next: TargetProgress): void => held.keep(withTargets(started, index, next));
  const isOver = (): boolean => run.deadlineMs - deps.now() < TIME_LEFT_MS;
  const find = createFind(operation, held, deps, run.signal);
  const toState = (): State => ({ started, index, operation, progress });
  let progress = read.value;
  for (;;) {
    const executor = openExecutor(deps);
    const context = { record: held.record(), status: started, changed: run.changed };
    const now = (): string => toTime(deps);
    progress = await runPage(
      progress,
      operation,
      { executor, context, step, now, keep, isOver },
      run.signal,
    );
    if (isOver()) return wait(held, toState(), toTime(deps, NEXT_RUN_MS), run);
    const catalog = await readCatalog(held.record().spec, deps.discovery, run.signal);
    progress = await takePage(
      progress,
      operation,
      {
        record: held.record(),
        executor: openExecutor(deps),
        catalog,
        pipeline: deps.pipeline,
        now: now(),
        find: async () => withoutLeftAlone(progress, await find.rest()),
        keep,
        isOver,
      },
      run.signal,
    );
    if (progress.page.some(({ state }) => state === "planned")) {
      const lost = await held.save(withTargets(started, index, progress), run.signal);
      if (lost !== undefined) return { result: lost };
      continue;
    }
    if (isOver()) return wait(held, toState(), toTime(deps, NEXT_RUN_MS), run);
    const until = findNextTime(progress);
    if (until !== undefined) return wait(held, toState(), until, run);
    if (progress.complete !== true) continue;
    if (!isRepeated(operation, held, progress)) {
      return { status: toEnded(toState(), toTime(deps)) };
    }
    if (progress.returns?.lookAt === undefined) progress = withNextLook(progress, deps.now());
    const lookAt = progress.returns?.lookAt ?? "";
    if (lookAt > toTime(deps)) return wait(held, toState(), lookAt, run);
    const left = await find.again();
    const isLate = isTimeOver(step, operation, deps.now());
    progress = takeReturned(operation, progress, left, isLate);
    if (progress.complete === true) return { status: toEnded(toState(), toTime(deps)) };
  }
}

type Find = {
  /** All targets that there are, as of the first call in this run or the last one of `again`. */
  readonly rest: () => Promise<readonly FoundTarget[]>;
  readonly again: () => Promise<readonly FoundTarget[]>;
};

/** A run lists its collections once, however many pages it carries out: each target is looked at again before it is planned. */
function createFind(
  operation: FanOutOperation,
  held: HeldRecord,
  deps: RemediateDeps,
  signal: AbortSignal,
): Find {
  let known: readonly FoundTarget[] | undefined;
  const again = async (): Promise<readonly FoundTarget[]> => {
    const context = {
      record: held.record(),
      executor: openExecutor(deps),
      now: toTime(deps),
    };
    known = await findTargets(operation, context, signal);
    return known;
  };
  return { rest: async () => known ?? again(), again };
}

type State = {
  readonly started: RecordStatus;
  readonly index: number;
  readonly operation: FanOutOperation;
  readonly progress: TargetProgress;
};

function toEnded({ started, index, operation, progress }: State, now: string): RecordStatus {
  const {
    after: _after,
    behind: _behind,
    complete: _complete,
    returns: _returns,
    ...outcome
  } = progress;
  const ended = withTargets(started, index, outcome);
  return toStepEnded(ended, index, toTargetsOutcome(operation, progress), now);
}

/** When the first target that waits is due. */
function findNextTime({ page }: TargetProgress): string | undefined {
  const times = page.flatMap(({ state, until }) => (state === "waiting" ? (until ?? "") : []));
  return times.toSorted()[0];
}

async function wait(
  held: HeldRecord,
  { started, index, operation, progress }: State,
  until: string,
  run: Run,
): Promise<{ readonly result: RemediationResult }> {
  const first = progress.page.find(({ state }) => state === "waiting");
  const message = `${describeProgress(operation, progress)}${describeWait(progress, first)}`;
  const status = toWaiting(withTargets(started, index, progress), {
    until,
    reason: "TargetsWait",
    message,
  });
  return { result: await saveWait(held, status, run) };
}

function describeWait({ returns }: TargetProgress, first: TargetEntry | undefined): string {
  if (first !== undefined) return `; ${first.object}: ${first.message ?? "is verified"}`;
  return returns?.lookAt === undefined ? "" : "; looks again whether none is left";
}
