import type { Miss } from "../check/checked.ts";
import type { Gate } from "../world/gate.ts";
import type { Mirroring } from "../mirroring/mirroring.ts";
import type { Mending } from "../mending/mending.ts";
import type { PoisonWriter } from "../world/poison-writer.ts";
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
  readonly writers: readonly Pick<Writer, "relearn">[];
  readonly poison: PoisonWriter;
  /** Failed Jobs and the functions that mend them, in rounds with a fault that is about them. */
  readonly mending: Mending | undefined;
  /** Copies of the writers' objects in another cluster, in rounds with a fault that is about them. */
  readonly mirroring: Mirroring | undefined;
  /** A promise that was broken while a fault lasted. */
  readonly onMisses: (misses: readonly Miss[]) => void;
  /** Updates an object that every watch selects, and waits until the queue contains everything written so far. */
  readonly untilAllHere: () => Promise<void>;
  readonly random: Random;
  readonly report: (text: string) => void;
};

/** Breaks something while writers write, and repairs it: when it resolves, everything is able to work again. */
export type Fault = (context: FaultContext) => Promise<void>;

export function toMending({ mending }: FaultContext): Mending {
  if (mending === undefined) throw new Error("a round with this fault has functions");
  return mending;
}

export function toMirroring({ mirroring }: FaultContext): Mirroring {
  if (mirroring === undefined) throw new Error("a round with this fault has a target");
  return mirroring;
}
