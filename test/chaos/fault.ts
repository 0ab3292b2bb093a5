import type { Gate } from "./gate.ts";
import type { Random } from "./random.ts";
import type { RelayKeeper } from "./relay-keeper.ts";
import type { World } from "./world.ts";
import type { Writer } from "./writer.ts";

/** What a fault may lay hands on. */
export type FaultContext = {
  readonly world: World;
  /** All relays of the round, as if they were one. */
  readonly relay: RelayKeeper;
  /** Each for itself: one, or two that take turns by a Lease. */
  readonly relays: readonly RelayKeeper[];
  readonly gate: Gate;
  readonly writers: readonly Writer[];
  /** Gives an object that every watch selects a new state, and waits until the queue holds all that was written so far. */
  readonly untilAllHere: () => Promise<void>;
  readonly random: Random;
  readonly tell: (text: string) => void;
};

/** Breaks something while writers write, and mends it: when it resolves all could work again. */
export type Fault = (context: FaultContext) => Promise<void>;
