import type { EmulatorName, QueueEmulator } from "../../support/queue-emulator.ts";

/** One thing that relay and functions rely on. */
export type Clause = {
  /** A sentence about SQS. */
  readonly name: string;
  /** What is seen of it; compared with `aws`. */
  readonly ask: (emulator: QueueEmulator) => Promise<unknown>;
  /** What AWS documents. */
  readonly aws: unknown;
  /** Where an emulator is known to do otherwise. The suite asks it all the same: it must still do exactly that. */
  readonly deviations?: Readonly<Partial<Record<EmulatorName, Deviation>>>;
};

export type Deviation = {
  readonly seen: unknown;
  /** What it does, and why that may be borne. */
  readonly reason: string;
};
