/** An object and its owners in the same set, by uid. */
export type Owned = { readonly uid: string; readonly owners: readonly string[] };

type Levels = {
  /** By uid: 0 without owners, else one more than the highest of them. Those that own each other in a circle have none. */
  readonly levels: ReadonlyMap<string, number>;
  /** Circles of owners, each in the order in which they own each other. */
  readonly cycles: readonly (readonly string[])[];
};

/** The order of a move: each object is on a higher level than all of its owners. Owners outside the set do not count. */
export function toLevels(objects: readonly Owned[]): Levels {
  const owners = new Map(objects.map(({ uid }) => [uid, new Set<string>()]));
  const dependents = new Map<string, string[]>();
  for (const { uid, owners: named } of objects) {
    for (const owner of new Set(named)) {
      if (!owners.has(owner)) continue;
      owners.get(uid)?.add(owner);
      const known = dependents.get(owner);
      if (known === undefined) dependents.set(owner, [uid]);
      else known.push(uid);
    }
  }
  const levels = new Map<string, number>();
  let ready = [...owners].flatMap(([uid, own]) => (own.size === 0 ? [uid] : []));
  for (let level = 0; ready.length > 0; level += 1) {
    const next: string[] = [];
    for (const uid of ready) {
      levels.set(uid, level);
      for (const dependent of dependents.get(uid) ?? []) {
        const waitsFor = owners.get(dependent);
        waitsFor?.delete(uid);
        if (waitsFor?.size === 0) next.push(dependent);
      }
    }
    ready = next;
  }
  return { levels, cycles: findCycles(owners, levels) };
}

/** An object without a level waits for another one without a level: following these leads into a circle. */
function findCycles(
  owners: ReadonlyMap<string, ReadonlySet<string>>,
  levels: ReadonlyMap<string, number>,
): readonly (readonly string[])[] {
  const seen = new Set(levels.keys());
  const cycles: string[][] = [];
  for (const start of owners.keys()) {
    const path: string[] = [];
    let at: string | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = [...(owners.get(at) ?? [])][0];
    }
    const entry = at === undefined ? -1 : path.indexOf(at);
    // From owner to dependent.
    if (entry !== -1) cycles.push(path.slice(entry).toReversed());
  }
  return cycles;
}
