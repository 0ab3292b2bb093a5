import { setTimeout as sleep } from "node:timers/promises";
import { untilKept } from "./arrival.ts";
import { check } from "./check.ts";
import type { CheckInput, Miss } from "./checked.ts";
import { createChronicle, type Chronicle } from "./chronicle.ts";
import { findFault, needsTwoRelays, type FaultName } from "./faults.ts";
import { createRandom, type Random } from "./random.ts";
import { setStage, type Stage, type StageOptions } from "./stage.ts";

export type RoundOptions = Omit<StageOptions, "patienceMs" | "twoRelays"> & {
  /** Of this round alone; decides names, writes and faults. */
  readonly seed: string;
  /** Happen in every round, in an order of the seed's choice. */
  readonly always: readonly FaultName[];
  /** The rest is drawn from these. */
  readonly others: readonly FaultName[];
  /** Faults in all. */
  readonly faultCount: number;
  /** How long the last message may take after all is mended; default 25 s. */
  readonly patienceMs?: number | undefined;
  readonly tell?: ((text: string) => void) | undefined;
};

export type RoundResult = {
  readonly misses: readonly Miss[];
  /** Of the API server, to writes. */
  readonly answers: number;
  readonly messages: number;
  readonly faults: readonly FaultName[];
  readonly elapsedMs: number;
  readonly input: CheckInput;
  readonly chronicle: Chronicle;
};

const WRITES_BEFORE_THE_START = 15;
/** Long enough for a watchdog, a backoff and a snapshot, one after the other. */
const PATIENCE_MS = 25_000;

/** One round: writers write, faults happen, all is mended, and then the queue must hold what the API server has answered. */
export async function playRound(options: RoundOptions): Promise<RoundResult> {
  const { patienceMs = PATIENCE_MS } = options;
  const random = createRandom(options.seed);
  const chronicle = createChronicle(options.tell);
  const faults = planFaults(random.fork("faults"), options);
  const twoRelays = needsTwoRelays(faults);
  const stage = await setStage({ ...options, patienceMs, twoRelays }, { random, chronicle });
  const { relay, reader, log, input } = stage;
  const misses = (): readonly Miss[] => [
    ...relay.troubles,
    ...stage.earlyMisses,
    ...check(input()),
  ];
  try {
    for (let count = 0; count < WRITES_BEFORE_THE_START; count += 1) {
      for (const writer of stage.crowd) await writer.write();
    }
    await relay.ready();
    await breakThings(stage, faults, random);
    await untilKept(reader, misses, patienceMs);
    await relay.stop();
    // What it still sent while it stopped counts too.
    await reader.drain();
  } finally {
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
  const faults = [...always, ...drawn];
  // A relay that was away knows only by the history what the other has sent: docs/decisions/0011-lease.md.
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
  const writing = stage.crowd.map((writer) => writer.run(stage.gate, stop.signal));
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
  stage.tell("all is mended, nobody writes any more");
}
