import type { RecordStatus, RecordStep } from "../../../events/remediation.ts";
import { createExecutor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { isTemporary } from "../../../core/records/is-temporary.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import { toStepEnded } from "../../../core/records/step-progress.ts";
import {
  parseTargetProgress,
  withFailure,
  withTargets,
  type TargetFailure,
  type TargetProgress,
} from "../../../core/records/targets/progress.ts";
import { describeProgress, toTargetsOutcome } from "../../../core/records/targets/outcome.ts";
import { toWaiting } from "../../../core/records/wait.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import { findTargets, nameTarget, type FoundTarget } from "../plan/find-targets.ts";
import { readCatalog } from "../plan/live-match.ts";
import { takePage } from "../plan/take-page.ts";
import type { HeldRecord } from "./held-record.ts";
import { runPage } from "./run-page.ts";
import { toTime, type RemediateDeps, type RemediationResult, type Run } from "./run.ts";
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
    const executor = createExecutor(deps);
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
        executor: createExecutor(deps),
        catalog,
        pipeline: deps.pipeline,
        now: now(),
        find: find.rest,
      },
      run.signal,
    );
    if (progress.page.some(({ state }) => state === "planned")) {
      const lost = await held.save(withTargets(started, index, progress), run.signal);
      if (lost !== undefined) return { result: lost };
      continue;
    }
    const until = findNextTime(progress);
    if (until !== undefined) return wait(held, toState(), until, run);
    const left = await find.left(progress);
    if (left.length === 0) return { status: toEnded(toState(), toTime(deps)) };
    if (isLate(step, operation, deps.now())) {
      for (const target of left) progress = withFailure(progress, toLate(operation, target));
      return { status: toEnded(toState(), toTime(deps)) };
    }
    const { after: _after, complete: _complete, ...again } = progress;
    progress = again;
  }
}

type Find = {
  /** All targets that there are, as of the first call in this run or the last one of `left`. */
  readonly rest: () => Promise<readonly FoundTarget[]>;
  /** The targets that have come since, if the fan-out continues until none is left. */
  readonly left: (progress: TargetProgress) => Promise<readonly FoundTarget[]>;
};

/** A run lists its collections once, however many pages it carries out: each target is looked at again before it is planned. */
function createFind(
  operation: FanOutOperation,
  held: HeldRecord,
  deps: RemediateDeps,
  signal: AbortSignal,
): Find {
  let known: readonly FoundTarget[] | undefined;
  const read = async (): Promise<readonly FoundTarget[]> => {
    const context = { record: held.record(), executor: createExecutor(deps), now: toTime(deps) };
    known = await findTargets(operation, context, signal);
    return known;
  };
  return {
    rest: async () => known ?? read(),
    async left({ failed }) {
      // A dry run leaves everything where it is, and what has failed once stays too.
      const isOnce = held.record().spec.mode === "dryRun" || failed > 0;
      return operation.untilNone !== true || isOnce ? [] : read();
    },
  };
}

/** Whether a fan-out that continues until no target is left has taken too long. */
function isLate(
  { startedAt }: RecordStep,
  { giveUpAfterMs }: FanOutOperation,
  nowMs: number,
): boolean {
  return startedAt !== undefined && nowMs - Date.parse(startedAt) >= giveUpAfterMs;
}

function toLate(operation: FanOutOperation, target: FoundTarget): TargetFailure {
  const within = formatDuration(operation.giveUpAfterMs);
  const message = `it came while the others were acted upon, for ${within}: find out what creates it`;
  return { object: nameTarget(operation, target), code: "KeepsComing", message };
}

type State = {
  readonly started: RecordStatus;
  readonly index: number;
  readonly operation: FanOutOperation;
  readonly progress: TargetProgress;
};

function toEnded({ started, index, operation, progress }: State, now: string): RecordStatus {
  const { after: _after, complete: _complete, ...outcome } = progress;
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
  const why = first === undefined ? "" : `; ${first.object}: ${first.message ?? "is verified"}`;
  const message = `${describeProgress(operation, progress)}${why}`;
  const status = toWaiting(withTargets(started, index, progress), {
    until,
    reason: "TargetsWait",
    message,
  });
  return { result: await saveWait(held, status, run) };
}
