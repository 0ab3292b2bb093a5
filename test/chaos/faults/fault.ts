import type { Gate } from "../world/gate.ts";
import type { Random } from "../random.ts";
import type { RelayKeeper } from "../world/relay-keeper.ts";
import type { World } from "../world/world.ts";
import type { Writer } from "../world/writer.ts";

/** Everything that a fault may act on. */
export type FaultContext = {
  readonly world: World;
  /** All relays of the round, controlled as one. */
  readonly relay: RelayKeeper;
  /** The individual relays: one, or two that share a Lease. */
  readonly relays: readonly RelayKeeper[];
  readonly gate: Gate;
  readonly writers: readonly Writer[];
  /** Updates an object that every watch selects, and waits until the queue contains everything written so far. */
  readonly untilAllHere: () => Promise<void>;
  readonly random: Random;
  readonly report: (text: string) => void;
};

/** Breaks something while writers write, and repairs it: when it resolves, everything is able to work again. */
export type Fault = (context: FaultContext) => Promise<void>;
