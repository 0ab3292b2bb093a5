import { setTimeout as sleep } from "node:timers/promises";
import type { Move } from "../../events/moves/move.ts";
import { describeProgress } from "../../core/move/describe-move.ts";
import { parseDuration } from "../../core/text/duration.ts";
import type { MoveRunDeps } from "../../functions/transfer/move/move-run.ts";
import { runMove } from "../../functions/transfer/move/run-move.ts";
import { toNextPause, type Pause } from "./next-pause.ts";

const WRITE_DEADLINE_MS = 120_000;
/** Codes of problems that may pass without anybody's help: the move is tried again until the deadline of a write. */
const PASSING: ReadonlySet<string> = new Set([
  "Unreachable",
  "Timeout",
  "Unavailable",
  "TooManyRequests",
  "Conflict",
]);

/** Works on a Move until it has ended, or needs a person. */
export async function followMove(
  deps: Omit<MoveRunDeps, "onProgress"> & { readonly show: (text: string) => void },
  name: string,
  signal: AbortSignal,
): Promise<{ readonly move: Move; readonly isEnded: boolean }> {
  const { show } = deps;
  const onProgress: MoveRunDeps["onProgress"] = (status) => show(describeProgress(status));
  let pause: Pause | undefined;
  for (;;) {
    const { move, outcome } = await runMove({ ...deps, onProgress }, name, signal);
    if (outcome === "ended") return { move, isEnded: true };
    const problem = move.status?.problem;
    if (outcome === "problem" && problem !== undefined) {
      const limitMs = parseDuration(move.spec.deadlines?.write ?? "") ?? WRITE_DEADLINE_MS;
      const isPassing = PASSING.has(problem.code);
      if (!isPassing || deps.now() - Date.parse(problem.since) > limitMs)
        return { move, isEnded: false };
      show(`${problem.step}: ${problem.reason}`);
    }
    pause = toNextPause(pause, move.status);
    await sleep(pause.ms, undefined, { signal });
  }
}
