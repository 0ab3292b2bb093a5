import {
  isMoveEnded,
  type Move,
  type MovePhase,
  type MoveStatus,
} from "../../../events/moves/move.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import { toDeleted } from "../../../core/move/deleted-move.ts";
import { toStoredProblem } from "../../../core/move/status/passing-problem.ts";
import {
  hasBegun,
  isContended,
  isToBeRolledBack,
  readPhase,
  toBegun,
} from "../../../core/move/status/phase.ts";
import { toRefusal } from "../../../core/move/sentences.ts";
import { checkSides } from "./plan/check-sides.ts";
import { createCopies } from "./phases/create-copies.ts";
import { deleteSources } from "./phases/delete-sources.ts";
import {
  openMove,
  type MoveRun,
  type MoveRunDeps,
  type PhaseOutcome,
  type StoppedPhase,
} from "./run/open-move.ts";
import { pauseSources } from "./phases/pause-sources.ts";
import { tryCreations } from "./run/try-writes.ts";
import { isUndone, undoLate, undoLateCopies, undoOfDeleted } from "./undo-late.ts";
import { resumeCopies } from "./phases/resume-copies.ts";
import { rollBack } from "./phases/roll-back.ts";
import { storePlan } from "./phases/store-plan.ts";
import { toKeptContention } from "./run/to-contended.ts";
import { verifyCopies } from "./phases/verify-copies.ts";
import { waitForBlocks } from "./phases/wait-for-blocks.ts";

/** The end of a slice of the work on a Move. */
export type MoveSlice = {
  readonly move: Move;
  /**
   * `ended`: nothing is left to do. `waits`: look again soon. `problem`: a person has to do something; the next run tries again. `more`: the
   * time of the run is over, and the next one continues at once.
   */
  readonly outcome: "ended" | "waits" | "problem" | "more";
};

type Phase = (run: MoveRun, signal: AbortSignal) => Promise<PhaseOutcome>;

/** The work of each phase, and the next phase. */
const PHASES: Partial<Record<MovePhase, { readonly work: Phase; readonly next: MovePhase }>> = {
  Waiting: { work: waitForStart, next: "Pausing" },
  Pausing: { work: pauseSources, next: "Creating" },
  Creating: { work: createCopies, next: "Verifying" },
  Verifying: { work: verifyCopies, next: "Deleting" },
  Deleting: { work: deleteSources, next: "Resuming" },
  Resuming: { work: resumeCopies, next: "Moved" },
  RollingBack: { work: rollBack, next: "RolledBack" },
};

/** The sources must not be paused as long as anything blocks the move, or the target refuses what it would be asked for next. */
async function waitForStart(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const blocked = await waitForBlocks(run, signal);
  return blocked.outcome === "done" ? tryCreations(run, signal) : blocked;
}

/**
 * Works on a Move until it waits for something, has a problem or has ended. It may be killed between any two requests and done again by
 * anybody: the next step follows from both clusters, and from what is stored. Throws a KubemendError if the source cannot be reached, or if the
 * clusters are not those of the Move.
 */
export async function runMove(
  deps: MoveRunDeps,
  name: string,
  signal: AbortSignal,
): Promise<MoveSlice> {
  const opened: { last?: MoveRun } = {};
  const open = async (move: Move): Promise<MoveRun> => {
    const run = await openMove(deps, move, signal);
    opened.last = run;
    return run;
  };
  for (let steps = 0; ; steps += 1) {
    const move = await deps.store.find(name, signal);
    const { last } = opened;
    if (last !== undefined && move?.metadata.uid !== last.move.metadata.uid) {
      if (readPhase(last.move) === "Creating") await undoOfDeleted(last, signal);
      throw toDeleted(last.move, last.objects());
    }
    if (move === undefined) {
      throw new KubemendError("NotFound", `there is no Move ${name}`, { retryable: false });
    }
    if (deps.uid !== undefined && move.metadata.uid !== deps.uid) {
      const message = `the Move ${name} was deleted, and another one of its name was created: look at it with: kubemend move --status ${name}`;
      throw new KubemendError("NotFound", message, { retryable: false });
    }
    if (isMoveEnded(move)) {
      if (last !== undefined && isUndone(last, move)) {
        await undoLate(last, await open(move), signal);
      } else if (last?.move.status?.phase === "Creating") {
        await undoLateCopies(last, await open(move), signal);
      }
      return { move, outcome: "ended" };
    }
    if (steps > 0 && deps.isOver?.() === true) return { move, outcome: "more" };
    checkSides(move, deps.sides);
    const stopped = await step(deps, { move, open }, signal);
    if (stopped !== undefined) return stopped;
  }
}

/** One look; undefined if the next phase can begin, or the Move is in another state than the one that was read. */
async function step(
  deps: MoveRunDeps,
  { move, open }: { readonly move: Move; readonly open: (move: Move) => Promise<MoveRun> },
  signal: AbortSignal,
): Promise<MoveSlice | undefined> {
  const phase = readPhase(move);
  if (isToBeRolledBack(move)) {
    await beginRollback(deps, move, signal);
    return undefined;
  }
  if (phase === "Planning") return plan(deps, move, signal);
  const known = PHASES[phase];
  if (known === undefined) return { move, outcome: "ended" };
  const run = await open(move);
  const refused = deps.refuse?.(move, run.objects());
  if (refused !== undefined) {
    return stop(deps, run, { outcome: "problem", problem: refused }, signal);
  }
  const outcome = await known.work(run, signal).catch((error: unknown): PhaseOutcome => {
    signal.throwIfAborted();
    // Another run has been faster: the next look sees what it did.
    if (isKubemendError(error, "Conflict")) return { outcome: "back", to: phase };
    return { outcome: "problem", problem: toRefusal(move.metadata.name, error, { step: phase }) };
  });
  if (outcome.outcome === "done") {
    await enter(deps, move, known.next, signal, { run });
    return undefined;
  }
  if (outcome.outcome === "back" && outcome.to !== phase) {
    await run.flush(signal);
    const { to, because } = outcome;
    const status = await enter(deps, move, to, signal, { run, because });
    // Two phases that send each other back must not do so all the time.
    if (status === undefined || because?.outcome !== "problem") return { move, outcome: "waits" };
    return { move: { ...move, status }, outcome: "problem" };
  }
  return stop(deps, run, outcome, signal);
}

/** Begins the rollback of a Move that is not wanted; one that has changed nothing has ended with that. */
export async function beginRollback(
  deps: EnterDeps,
  move: Move,
  signal: AbortSignal,
): Promise<void> {
  await enter(deps, move, hasBegun(move) ? "RollingBack" : "RolledBack", signal);
}

async function plan(
  deps: MoveRunDeps,
  move: Move,
  signal: AbortSignal,
): Promise<MoveSlice | undefined> {
  const found = await storePlan(deps, move, signal);
  const after = (await deps.store.find(move.metadata.name, signal)) ?? move;
  if (after.status !== undefined) deps.onProgress?.(after.status);
  return found.problems.length === 0 ? undefined : { move: after, outcome: "problem" };
}

type EnterDeps = Pick<MoveRunDeps, "store" | "now" | "onProgress">;

/** Begins a phase, unless the Move is in another one by now, or is to be rolled back. */
async function enter(
  deps: EnterDeps,
  { metadata, status: from }: Move,
  to: MovePhase,
  signal: AbortSignal,
  { run, because }: { readonly run?: MoveRun; readonly because?: StoppedPhase | undefined } = {},
): Promise<MoveStatus | undefined> {
  const move = await deps.store.find(metadata.name, signal);
  if (move === undefined) return undefined;
  const next = await deps.store.change<MoveStatus | undefined>(
    move,
    (newest) => {
      const { status } = newest;
      const at = new Date(deps.now()).toISOString();
      if (status?.phase !== from?.phase) return { outcome: "keep", answer: undefined };
      const begun = toBegun(status, at);
      // A person may abort it at the same time: the point of no return is written only to a Move that nobody has aborted.
      const isAborted = isToBeRolledBack(newest) && to !== "RollingBack" && to !== "RolledBack";
      if (isAborted) return { outcome: "keep", answer: undefined };
      const { current: _current, problem: _problem, ...rest } = run?.withProgress(begun) ?? begun;
      const why = because === undefined ? toKept(to, begun) : toStop(because, begun, at);
      const entered = { ...rest, ...why, phase: to, since: at, ...toMarks(to, rest, at) };
      return { outcome: "write", status: entered, answer: entered };
    },
    signal,
  );
  if (next !== undefined) deps.onProgress?.(next);
  return next;
}

function toKept(to: MovePhase, status: MoveStatus): Pick<MoveStatus, "current" | "problem"> {
  return isContended(to) ? toKeptContention(status) : {};
}

function toMarks(to: MovePhase, status: Partial<MoveStatus>, at: string): Partial<MoveStatus> {
  if (to === "Pausing") return { pausedAt: status.pausedAt ?? at };
  if (to === "Deleting") return { pointOfNoReturnAt: status.pointOfNoReturnAt ?? at };
  if (to !== "Moved" && to !== "RolledBack") return {};
  return { finishedAt: at, ...(status.pausedAt === undefined ? {} : { resumedAt: at }) };
}

/** Stores the wait of the Move, or its problem. Undefined: it is in another phase by now, or somebody has deleted it. */
async function stop(
  deps: MoveRunDeps,
  run: MoveRun,
  outcome: PhaseOutcome,
  signal: AbortSignal,
): Promise<MoveSlice | undefined> {
  const { move } = run;
  const newest = await deps.store.find(move.metadata.name, signal);
  const isSame = newest?.metadata.uid === move.metadata.uid;
  if (!isSame || newest.status?.phase !== move.status?.phase) return undefined;
  const next = await deps.store.change<MoveStatus | undefined>(
    move,
    ({ status }) => {
      if (status === undefined || status.phase !== move.status?.phase) {
        return { outcome: "keep", answer: undefined };
      }
      const at = new Date(deps.now()).toISOString();
      const { current: _current, problem: _problem, ...rest } = run.withProgress(status);
      const stopped = { ...rest, ...toStop(outcome, status, at) };
      return { outcome: "write", status: stopped, answer: stopped };
    },
    signal,
  );
  if (next !== undefined) deps.onProgress?.(next);
  const stopped = next === undefined ? move : { ...move, status: next };
  return { move: stopped, outcome: outcome.outcome === "problem" ? "problem" : "waits" };
}

function toStop(
  outcome: PhaseOutcome,
  { problem: old }: Pick<MoveStatus, "problem">,
  at: string,
): Pick<MoveStatus, "current" | "problem"> {
  if (outcome.outcome === "wait") return { current: outcome.current };
  if (outcome.outcome !== "problem") return {};
  return { problem: toStoredProblem(outcome.problem, old, at) };
}
