import { setTimeout as sleep } from "node:timers/promises";
import type { Move } from "../../events/moves/move.ts";
import { isKubemendError, KubemendError } from "../../core/errors.ts";
import { describeProgress } from "../../core/move/status/describe-move.ts";
import { isPassing } from "../../core/move/status/passing-problem.ts";
import {
  DEADLINES_MS,
  readDeadlineMs,
  type MoveRunDeps,
} from "../../functions/transfer/move/run/open-move.ts";
import { runMove, type MoveSlice } from "../../functions/transfer/move/run-move.ts";
import { toNextPause, type Pause } from "./next-pause.ts";
import { withContexts, type Contexts } from "./with-contexts.ts";

export type FollowDeps = Omit<MoveRunDeps, "onProgress"> & {
  readonly show: (text: string) => void;
  /** For the commands in its errors. */
  readonly contexts?: Contexts | undefined;
  /** The pause between two runs, in ms; default: see `toNextPause`. */
  readonly pauseMs?: number | undefined;
};

/**
 * Works on a Move until it has ended, or needs a person. A cluster that does not answer is waited for as long as a write may take. If
 * nothing can be stored about it, because it is the source, the error of the last request is thrown afterwards, with the command that continues.
 */
export async function followMove(
  deps: FollowDeps,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly move: Move; readonly isEnded: boolean }> {
  const { show, now } = deps;
  const onProgress: MoveRunDeps["onProgress"] = (status) => show(describeProgress(status));
  let limitMs: number | undefined;
  let awaySince: number | undefined;
  let pause: Pause | undefined;
  for (;;) {
    limitMs ??= await readLimit(deps, name, signal);
    const slice = await look({ ...deps, onProgress }, name, signal);
    if (slice instanceof KubemendError) {
      awaySince ??= now();
      if (now() - awaySince > (limitMs ?? DEADLINES_MS.write)) throw toAway(name, slice, deps);
      show(slice.message);
    } else {
      awaySince = undefined;
      const { move, outcome } = slice;
      if (outcome === "ended") return { move, isEnded: true };
      limitMs = readDeadlineMs(move, "write");
      const problem = outcome === "problem" ? move.status?.problem : undefined;
      if (problem !== undefined) {
        const isOver = now() - Date.parse(problem.since) > limitMs;
        if (isOver || !isPassing(problem.code)) return { move, isEnded: false };
        show(`${problem.step}: ${problem.reason}`);
      }
    }
    const status = slice instanceof KubemendError ? undefined : slice.move.status;
    pause = toNextPause(pause, status);
    await sleep(deps.pauseMs ?? pause.ms, undefined, { signal });
  }
}

/** The time that a cluster may be away, which the source says before it can be lost; undefined if it does not answer. */
async function readLimit(
  { store }: FollowDeps,
  name: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const move = await store.find(name, signal);
    return move === undefined ? undefined : readDeadlineMs(move, "write");
  } catch (error) {
    signal.throwIfAborted();
    if (isKubemendError(error)) return undefined;
    throw error;
  }
}

/** One run; or its error, if a cluster does not answer at present. */
async function look(
  deps: MoveRunDeps,
  name: string,
  signal: AbortSignal,
): Promise<MoveSlice | KubemendError> {
  try {
    return await runMove(deps, name, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isKubemendError(error) && error.retryable && isPassing(error.code)) return error;
    throw error;
  }
}

function toAway(name: string, error: KubemendError, { contexts }: FollowDeps): KubemendError {
  const { code, message } = error;
  const text = `${message}. The Move ${name} stays as it was stored last; wait until the cluster answers, then continue with: kubemend move --resume ${name}`;
  const said = contexts === undefined ? text : withContexts(text, contexts);
  return new KubemendError(code, said, { retryable: true, cause: error });
}
