import type { MoveStatus } from "../../events/moves/move.ts";

/** Most waits end within milliseconds; one for a person takes minutes. */
const FIRST_MS = 100;
const LONGEST_MS = 2_000;

/** The pause before the next run of a move, and the progress after which it follows. */
export type Pause = { readonly ms: number; readonly progress: string };

/** Short after any progress, and twice as long each time that there was none. */
export function toNextPause(before: Pause | undefined, status: MoveStatus | undefined): Pause {
  const { phase, current, counts } = status ?? {};
  const progress = JSON.stringify([phase, current, counts]);
  const isSame = before?.progress === progress;
  return { ms: isSame ? Math.min(before.ms * 2, LONGEST_MS) : FIRST_MS, progress };
}
