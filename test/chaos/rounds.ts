import type { Leaving } from "./check/checked.ts";
import { FAULT_NAMES, type FaultName } from "./faults/faults.ts";
import { toFailureReport } from "./report.ts";
import { playRound } from "./round.ts";
import { startWorld } from "./world/world.ts";

/** How the relay of this tree reports that an object is no longer selected. */
export const LEAVING: Leaving = "left";

export type RoundsOptions = {
  readonly script: string;
  readonly seed: string;
  readonly rounds: number;
  readonly faultCount: number;
  /** Whether objects that have left a selection return to it. */
  readonly returns: boolean;
  /** Play only these faults; absent: all, with the worst two in each round. */
  readonly only?: readonly FaultName[] | undefined;
  readonly report: (text: string) => void;
  /** Report each fault as it happens. */
  readonly detail: boolean;
};

/** Plays rounds in sequence in one world; true if every promise was kept in each. A failed round does not end the run. */
export async function playRounds(options: RoundsOptions): Promise<boolean> {
  const { seed, rounds, report } = options;
  const startedMs = performance.now();
  const elapsed = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
  report(`seed ${seed}: the same seed gives the same choices; timing differs`);
  await using world = await startWorld(options);
  report(`${elapsed()}: the control plane and the queue are up`);
  const failed: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    // A round can be replayed alone: `--rounds 1 --seed <its seed>`.
    const ofRound = round === 1 ? seed : `${seed}-${round}`;
    const result = await playRound({
      ...options,
      world,
      seed: ofRound,
      always: options.only ?? ["loseQueueAndRelay", "rollBackEtcd"],
      others: options.only ?? FAULT_NAMES.filter((name) => name !== "rollBackEtcd"),
      leaving: LEAVING,
      checkIds: true,
      report: options.detail ? (line) => report(`    ${line}`) : undefined,
    });
    const isKept = result.misses.length === 0;
    report(
      `${elapsed()}: round ${round}/${rounds} ${isKept ? "kept" : "FAILED"} (${result.faults.length} faults, ${result.answers} answers, ${result.messages} messages, ${(result.elapsedMs / 1000).toFixed(1)} s)`,
    );
    if (isKept) continue;
    failed.push(ofRound);
    report(toFailureReport(ofRound, result));
  }
  report(
    failed.length === 0
      ? `${elapsed()}: every promise was kept in ${rounds} rounds`
      : `${elapsed()}: ${failed.length} of ${rounds} rounds failed, seeds: ${failed.join(", ")}`,
  );
  return failed.length === 0;
}
