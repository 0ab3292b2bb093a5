import type { Leaving } from "./checked.ts";
import { FAULT_NAMES, type FaultName } from "./faults.ts";
import { toFailureReport } from "./report.ts";
import { playRound } from "./round.ts";
import { startWorld } from "./world.ts";

/** How the relay of this tree tells that an object is no longer selected. */
export const LEAVING: Leaving = "left";

export type RoundsOptions = {
  readonly script: string;
  readonly seed: string;
  readonly rounds: number;
  readonly faultCount: number;
  /** Whether objects that have left a selection come back to it. */
  readonly returns: boolean;
  /** No other faults than these; absent: all, and the worst two in each round. */
  readonly only?: readonly FaultName[] | undefined;
  readonly tell: (text: string) => void;
  /** Each fault is told as it happens. */
  readonly detail: boolean;
};

/** Plays rounds one after the other in one world; true when every promise was kept in each. A failed one does not end the run. */
export async function playRounds(options: RoundsOptions): Promise<boolean> {
  const { seed, rounds, tell } = options;
  const startedMs = performance.now();
  const elapsed = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
  tell(`seed ${seed}: the same seed makes the same choices; times differ`);
  await using world = await startWorld(options);
  tell(`${elapsed()}: the world is up`);
  const failed: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    // A round can be played alone: `--rounds 1 --seed <its seed>`.
    const ofRound = round === 1 ? seed : `${seed}-${round}`;
    const result = await playRound({
      ...options,
      world,
      seed: ofRound,
      always: options.only ?? ["loseQueueAndRelay", "putEtcdBack"],
      others: options.only ?? FAULT_NAMES.filter((name) => name !== "putEtcdBack"),
      leaving: LEAVING,
      checkIds: true,
      tell: options.detail ? (line) => tell(`    ${line}`) : undefined,
    });
    const isKept = result.misses.length === 0;
    tell(
      `${elapsed()}: round ${round}/${rounds} ${isKept ? "kept" : "FAILED"} (${result.faults.length} faults, ${result.answers} answers, ${result.messages} messages, ${(result.elapsedMs / 1000).toFixed(1)} s)`,
    );
    if (isKept) continue;
    failed.push(ofRound);
    tell(toFailureReport(ofRound, result));
  }
  tell(
    failed.length === 0
      ? `${elapsed()}: every promise was kept in ${rounds} rounds`
      : `${elapsed()}: ${failed.length} of ${rounds} rounds failed, seeds: ${failed.join(", ")}`,
  );
  return failed.length === 0;
}
