import type { MoveProblem } from "../../../events/moves/move.ts";
import type { Problem } from "./problem.ts";

/** Problems that may pass without anybody's help. */
const PASSING: ReadonlySet<string> = new Set([
  "Unreachable",
  "Timeout",
  "Unavailable",
  "TooManyRequests",
  "Conflict",
]);

/** Whether the problem of this code may pass without anybody's help: the move is tried again until the deadline of a write. */
export function isPassing(code: string): boolean {
  return PASSING.has(code);
}

/**
 * The problem with the time since which the Move has it. One with the same code and object is the same problem; and a cluster that does not
 * answer is one problem, whichever object was asked for.
 */
export function toStoredProblem(
  problem: Problem,
  old: MoveProblem | undefined,
  at: string,
): MoveProblem {
  const isOfObject = old?.code === problem.code && old.object === problem.object;
  const isSame =
    isOfObject || (old !== undefined && isPassing(old.code) && isPassing(problem.code));
  return { ...problem, since: isSame ? old.since : at };
}
