import type { MoveProblem } from "../../../events/moves/move.ts";

/** A reason for which a move does not continue. It gets its time when it is stored. */
export type Problem = Omit<MoveProblem, "since">;

/** One that planning finds, before it is known as a problem of that step. */
export type Finding = Omit<Problem, "step">;

/** `Machine shop/web-1: it is being deleted`: the reason, with the object if it is of one. */
export function nameProblem({ object, reason }: Pick<Problem, "object" | "reason">): string {
  return object === undefined ? reason : `${object}: ${reason}`;
}
