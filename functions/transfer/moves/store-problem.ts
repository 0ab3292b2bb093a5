import { isMoveEnded, type Move } from "../../../events/moves/move.ts";
import type { MoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import { toStoredProblem } from "../../../core/move/status/passing-problem.ts";
import { toBegun } from "../../../core/move/status/phase.ts";
import type { Problem } from "../../../core/move/status/problem.ts";

/** Stores the problem of a Move, unless it is stored already. The phase stays. */
export async function storeProblem(
  { store, now }: { readonly store: Pick<MoveStore, "change">; readonly now: () => number },
  move: Move,
  problem: Problem,
  signal: AbortSignal,
): Promise<void> {
  await store.change(
    move,
    (newest) => {
      const { status } = newest;
      const old = status?.problem;
      const isStored =
        old?.code === problem.code &&
        old.object === problem.object &&
        old.reason === problem.reason;
      if (isMoveEnded(newest) || isStored) {
        return { outcome: "keep", answer: undefined };
      }
      const at = new Date(now()).toISOString();
      const begun = toBegun(status, at);
      return {
        outcome: "write",
        status: { ...begun, problem: toStoredProblem(problem, old, at) },
        answer: undefined,
      };
    },
    signal,
  );
}
