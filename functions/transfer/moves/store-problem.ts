import { isMoveEnded, type Move } from "../../../events/moves/move.ts";
import type { MoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import type { Problem } from "../../../core/move/sentences.ts";

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
      const isSame = old?.code === problem.code && old.object === problem.object;
      if (isMoveEnded(newest) || (isSame && old.reason === problem.reason)) {
        return { outcome: "keep", answer: undefined };
      }
      const at = new Date(now()).toISOString();
      const begun = status ?? { phase: "Planning", since: at, startedAt: at };
      const since = isSame ? old.since : at;
      return {
        outcome: "write",
        status: { ...begun, problem: { ...problem, since } },
        answer: undefined,
      };
    },
    signal,
  );
}
