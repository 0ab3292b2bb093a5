import { createHash } from "node:crypto";

/** Seeded random choices: the same seed gives the same choices in the same order. */
export type Random = {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  readonly next: () => number;
  /** An integer; both bounds are inclusive. */
  readonly between: (min: number, max: number) => number;
  readonly chance: (probability: number) => boolean;
  /** Throws RangeError for an empty list. */
  readonly pick: <T>(items: readonly T[]) => T;
  readonly shuffle: <T>(items: readonly T[]) => readonly T[];
  /** An independent stream of choices: draws from other streams do not change it. */
  readonly fork: (label: string) => Random;
};

export function createRandom(seed: string): Random {
  let count = 0;
  const next = (): number => {
    count += 1;
    const digest = createHash("sha256").update(`${seed}\n${count}`).digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  };
  const between = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError("nothing to pick from");
      return items[between(0, items.length - 1)] as T;
    },
    shuffle<T>(items: readonly T[]): readonly T[] {
      return items
        .map((item) => ({ item, at: next() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ item }) => item);
    },
    fork: (label) => createRandom(`${seed}/${label}`),
  };
}
