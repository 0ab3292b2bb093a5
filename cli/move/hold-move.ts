import { randomUUID } from "node:crypto";
import type { Move } from "../../events/moves/move.ts";
import type { MoveStore } from "../../adapters/kubernetes/move/move-store.ts";
import { isKubemendError } from "../../core/errors.ts";
import { releaseHold, takeHold, type HoldDeps } from "../../functions/transfer/moves/hold.ts";

/** After a kill, the functions continue the Move when this has passed. */
const HOLD_MS = 60_000;
const RENEW_MS = 20_000;
const RELEASE_MS = 5_000;

/**
 * Works on a Move, and stores in it that this process does, so that the functions leave it alone meanwhile. If that cannot be stored, the work is
 * done all the same: two processes at once do no harm.
 */
export async function holdMove<T>(
  store: Pick<MoveStore, "change">,
  move: Move,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const deps = { store, holder: `command-${randomUUID()}`, takesOver: true, now: Date.now };
  await tryTo(() => takeHold(deps, move, HOLD_MS, signal), signal);
  const renewal = setInterval(() => void renew(deps, move, signal), RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    const last = AbortSignal.timeout(RELEASE_MS);
    await tryTo(() => releaseHold(deps, move, last), last);
  }
}

async function renew(deps: HoldDeps, move: Move, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await tryTo(() => takeHold(deps, move, HOLD_MS, signal), signal);
}

async function tryTo(write: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await write();
  } catch (error) {
    // The work that follows meets the same failure, and reports it.
    if (!signal.aborted && !isKubemendError(error)) throw error;
  }
}
