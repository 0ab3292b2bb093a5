import { isMoveEnded, type Move } from "../../../events/moves/move.ts";
import type { MoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import { findHolder } from "../../../core/move/status/holder.ts";
import { toBegun } from "../../../core/move/status/phase.ts";

export type HoldDeps = {
  readonly store: Pick<MoveStore, "change">;
  /** The name of this process, or one name for processes that a queue already serializes. */
  readonly holder: string;
  /** Whether it begins although another process works on the Move: a person has asked for this one. */
  readonly takesOver?: boolean | undefined;
  /** ms since the epoch. */
  readonly now: () => number;
};

/**
 * Notes in a Move that this process works on it for so long, so that others leave it alone. It saves requests and protects nothing: two
 * processes at once do no harm. False if somebody else works on it.
 */
export async function takeHold(
  { store, holder, takesOver, now }: HoldDeps,
  move: Move,
  forMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  return store.change(
    move,
    (newest) => {
      if (isMoveEnded(newest)) return { outcome: "keep", answer: true };
      const by = findHolder(newest, now());
      if (by !== undefined && by !== holder && takesOver !== true)
        return { outcome: "keep", answer: false };
      const at = new Date(now()).toISOString();
      const status = toBegun(newest.status, at);
      const until = new Date(now() + forMs).toISOString();
      return {
        outcome: "write",
        status: { ...status, holder: { name: holder, until } },
        answer: true,
      };
    },
    signal,
  );
}

/** Ends the hold of this process. The time at which it ended stays, by which the sweep knows when the Move was looked at last. */
export async function releaseHold(
  { store, holder, now }: HoldDeps,
  move: Move,
  signal: AbortSignal,
): Promise<void> {
  await store.change(
    move,
    (newest) => {
      const { status } = newest;
      if (status?.holder?.name !== holder) return { outcome: "keep", answer: undefined };
      const { holder: _holder, ...rest } = status;
      const until = new Date(now()).toISOString();
      const ended = isMoveEnded(newest) ? rest : { ...rest, holder: { name: holder, until } };
      return { outcome: "write", status: ended, answer: undefined };
    },
    signal,
  );
}
