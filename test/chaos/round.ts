import { setTimeout as sleep } from "node:timers/promises";
import { untilKept } from "./check/arrival.ts";
import { check } from "./check/check.ts";
import type { CheckInput, Miss } from "./check/checked.ts";
import { createChronicle, type Chronicle } from "./chronicle.ts";
import {
  findFault,
  isOfMirroring,
  needsMending,
  needsMirroring,
  needsTwoRelays,
  type FaultName,
} from "./faults/faults.ts";
import { createRandom, type Random } from "./random.ts";
import { setStage, type Stage, type StageOptions } from "./world/stage.ts";

export type RoundOptions = Omit<StageOptions, "patienceMs" | "twoRelays" | "mends" | "mirrors"> & {
  /** Seed of this round; decides names, writes and faults. */
  readonly seed: string;
  /** Played in every round, in an order that the seed decides. */
  readonly always: readonly FaultName[];
  /** The remaining faults are drawn from these. */
  readonly others: readonly FaultName[];
  /** Total number of faults. */
  readonly faultCount: number;
  /** How long the last message may take after everything is repaired; default 25 s. */
  readonly patienceMs?: number | undefined;
  /** The time limit for the last copy after that; default 60 s. */
  readonly mirrorPatienceMs?: number | undefined;
  readonly report?: ((text: string) => void) | undefined;
};

export type RoundResult = {
  readonly misses: readonly Miss[];
  /** Number of the API server's answers to writes. */
  readonly answers: number;
  readonly messages: number;
  readonly faults: readonly FaultName[];
  readonly elapsedMs: number;
  readonly input: CheckInput;
  readonly chronicle: Chronicle;
};

const WRITES_BEFORE_THE_START = 15;
/** Long enough for a watchdog timeout, a backoff and a snapshot in sequence. */
const PATIENCE_MS = 25_000;
/** A run that could not save its end holds its record for 45 s, and a remediation that has failed waits up to a minute. */
const MENDING_PATIENCE_MS = 120_000;

/** A message whose function was killed is received again after 5 s, and one that has failed waits as long. */
const MIRRORING_PATIENCE_MS = 60_000;

/** One round: writers write, faults happen, everything is repaired, and then the queue must match the API server's answers. */
export async function playRound(options: RoundOptions): Promise<RoundResult> {
  const { patienceMs = PATIENCE_MS } = options;
  const random = createRandom(options.seed);
  const chronicle = createChronicle(options.report);
  const faults = planFaults(random.fork("faults"), options);
  const twoRelays = needsTwoRelays(faults);
  const mends = needsMending(faults);
  const mirrors = needsMirroring(faults);
  const needed = { patienceMs, twoRelays, mends, mirrors };
  const stage = await setStage({ ...options, ...needed }, { random, chronicle });
  const { relay, reader, log, input, mending, mirroring } = stage;
  const unmended: Miss[] = [];
  const misses = (): readonly Miss[] => [
    ...relay.troubles,
    ...stage.earlyMisses,
    ...check(input()),
    ...unmended,
  ];
  try {
    for (let count = 0; count < WRITES_BEFORE_THE_START; count += 1) {
      for (const writer of stage.crowd) await writer.write();
    }
    await relay.ready();
    await breakThings(stage, faults, random);
    await untilKept(reader, misses, patienceMs);
    await stage.untilCompared();
    unmended.push(...((await mending?.untilMended(MENDING_PATIENCE_MS)) ?? []));
    unmended.push(
      ...((await mirroring?.untilMirrored(options.mirrorPatienceMs ?? MIRRORING_PATIENCE_MS)) ??
        []),
    );
    await relay.stop();
    // Messages that it sent while it was stopping count too.
    await reader.drain();
  } finally {
    await mending?.stop();
    await mirroring?.stop();
    await relay.kill();
  }
  return {
    misses: misses(),
    answers: log.count(),
    messages: reader.received.length,
    faults,
    elapsedMs: chronicle.elapsedMs(),
    input: input(),
    chronicle,
  };
}

function planFaults(
  random: Random,
  { always, others, faultCount }: RoundOptions,
): readonly FaultName[] {
  const drawn = Array.from({ length: Math.max(0, faultCount - always.length) }, () =>
    random.pick(others),
  );
  const all = [...always, ...drawn];
  // A round has the functions that mend or those that mirror.
  const faults = needsMending(all) ? all.filter((name) => !isOfMirroring(name)) : all;
  // A relay that was down learns only from the history what the other one sent: docs/decisions/0011-lease.md.
  const played = needsTwoRelays(faults)
    ? faults.map((name) => (name === "compactHistory" ? "failOver" : name))
    : faults;
  return random.shuffle(played);
}

async function breakThings(
  stage: Stage,
  faults: readonly FaultName[],
  random: Random,
): Promise<void> {
  const stop = new AbortController();
  const { mending, crowd } = stage;
  const writers = mending === undefined ? crowd : [...crowd, mending.jobs];
  const writing = writers.map((writer) => writer.run(stage.gate, stop.signal));
  try {
    for (const [index, name] of faults.entries()) {
      const ofFault = random.fork(`fault-${index}`);
      await sleep(ofFault.between(100, 900));
      await findFault(name)({ ...stage, random: ofFault });
    }
    await sleep(300);
  } finally {
    stage.gate.open();
    stop.abort();
    await Promise.all(writing);
  }
  await stage.relay.ready();
  stage.report("everything is repaired, and all writers have stopped");
}
