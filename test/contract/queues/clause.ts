import type { EmulatorName, QueueEmulator } from "../../support/queues/queue-emulator.ts";

/** One behaviour of SQS that the relay and the functions rely on. */
export type Clause = {
  /** A sentence about SQS. */
  readonly name: string;
  /** The observed behaviour; compared with `aws`. */
  readonly ask: (emulator: QueueEmulator) => Promise<unknown>;
  /** The behaviour that AWS documents. */
  readonly aws: unknown;
  /** Emulators that are known to behave differently. The suite checks them too: they must still behave exactly like this. */
  readonly deviations?: Readonly<Partial<Record<EmulatorName, Deviation>>>;
};

export type Deviation = {
  readonly seen: unknown;
  /** What it does, and why that is acceptable. */
  readonly reason: string;
};
