import type { Miss } from "../check/checked.ts";

/** An object of the round, in the cluster of the sources or in the target. */
export type MirroredState = {
  readonly name: string;
  readonly uid: string;
  readonly team: string;
  readonly step: string;
  /** The uid of the object that it is the copy of; undefined if it says nothing of that. */
  readonly sourceUid?: string | undefined;
};

/** Compares the objects of a round with their copies: each has one, which is equal, and there are no others. Pure. */
export function checkMirroring(
  sources: readonly MirroredState[],
  copies: readonly MirroredState[],
): readonly Miss[] {
  const found = new Map(copies.map((copy) => [copy.name, copy]));
  const unequal = sources.flatMap((source): readonly Miss[] => {
    const copy = found.get(source.name);
    const { name, uid, team, step } = source;
    if (copy?.sourceUid === uid && copy.team === team && copy.step === step) return [];
    const is = copy === undefined ? "there is no copy" : `its copy is ${describe(copy)}`;
    return [{ rule: "copy is equal", text: `${name} is ${describe(source)}; ${is}`, name }];
  });
  const names = new Set(sources.map(({ name }) => name));
  const left = copies
    .filter(({ name }) => !names.has(name))
    .map((copy): Miss => {
      const text = `${copy.name} is gone; its copy is still there: ${describe(copy)}`;
      return { rule: "no copy is left", text, name: copy.name };
    });
  return [...unequal, ...left];
}

function describe({ uid, team, step, sourceUid }: MirroredState): string {
  return `${team} ${step} (${sourceUid === undefined ? "uid" : "copy of"} ${sourceUid ?? uid})`;
}
