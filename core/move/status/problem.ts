import type { MoveProblem } from "../../../events/moves/move.ts";

/** A reason for which a move does not continue. It gets its time when it is stored. */
export type Problem = Omit<MoveProblem, "since">;

/** One that planning finds, before it is known as a problem of that step. */
export type Finding = Omit<Problem, "step">;
