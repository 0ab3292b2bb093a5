import { isRemade } from "../remade.ts";
import { nameResource, type SetObject } from "../set-object.ts";

/** An object and one of its owners. */
type Ownership = { readonly object: SetObject; readonly owner: SetObject };

/** The objects that move, and the fate of the other objects that they own. */
export type OwnedSet = {
  readonly members: readonly SetObject[];
  /** They stay, are deleted with their owner, and a controller of the target makes them again. */
  readonly remade: readonly SetObject[];
  /** They were not selected, and an owner of theirs moves. */
  readonly left: readonly Ownership[];
  /** Owned by one that is made again: they would be deleted with it, and nothing makes them again. */
  readonly lost: readonly Ownership[];
};

/**
 * The set of a move: the selected objects, with all that those in `withOwned` own, directly or not. An object that a controller makes again
 * for its owner is not in it, unless it was selected itself.
 */
export function findOwnedSet(input: {
  /** Those that were selected, and all that have an owner, each once. */
  readonly objects: readonly SetObject[];
  /** By uid. */
  readonly selected: ReadonlySet<string>;
  readonly withOwned: ReadonlySet<string>;
  /** Resources that are made again, besides the known ones. */
  readonly remade?: readonly string[] | undefined;
}): OwnedSet {
  const dependents = indexDependents(input.objects);
  const isMadeAgain = (owner: SetObject, object: SetObject): boolean =>
    isRemade({ owner: nameResource(owner), resource: nameResource(object) }, input.remade) ||
    isControlledPod(object, owner);
  const findDependents = (owner: SetObject): readonly SetObject[] =>
    dependents.get(owner.uid) ?? [];
  const grown = collect(
    input.objects.filter(({ uid }) => input.withOwned.has(uid)),
    (owner) => findDependents(owner).filter((object) => !isMadeAgain(owner, object)),
  );
  const isMember = ({ uid }: SetObject): boolean => input.selected.has(uid) || grown.has(uid);
  const members = input.objects.filter(isMember);
  const outside = members.flatMap((owner) =>
    findDependents(owner)
      .filter((object) => !isMember(object))
      .map((object) => ({ owner, object })),
  );
  const first = outside.filter(({ owner, object }) => isMadeAgain(owner, object));
  const remade = collect(
    first.map(({ object }) => object),
    (owner) =>
      findDependents(owner).filter((object) => !isMember(object) && isMadeAgain(owner, object)),
  );
  const lost = [...remade.values()].flatMap((owner) =>
    findDependents(owner)
      .filter((object) => !isMember(object) && !remade.has(object.uid))
      .map((object) => ({ owner, object })),
  );
  const left = outside.filter(({ object }) => !remade.has(object.uid));
  return { members, remade: [...remade.values()], left, lost };
}

/** A Pod is of a node of its own cluster, so a controller, whatever it is, makes another one, and has to do so at any time. */
function isControlledPod(object: SetObject, owner: SetObject): boolean {
  return (
    nameResource(object) === "pods" &&
    object.owners.some(({ uid, controller }) => uid === owner.uid && controller)
  );
}

function indexDependents(objects: readonly SetObject[]): ReadonlyMap<string, readonly SetObject[]> {
  const dependents = new Map<string, SetObject[]>();
  for (const object of objects) {
    for (const uid of new Set(object.owners.map((owner) => owner.uid))) {
      const known = dependents.get(uid);
      if (known === undefined) dependents.set(uid, [object]);
      else known.push(object);
    }
  }
  return dependents;
}

/** The objects, and all that follow from them, each once. */
function collect(
  from: readonly SetObject[],
  follow: (object: SetObject) => readonly SetObject[],
): ReadonlyMap<string, SetObject> {
  const found = new Map<string, SetObject>();
  const rest = [...from];
  for (let object = rest.pop(); object !== undefined; object = rest.pop()) {
    if (found.has(object.uid)) continue;
    found.set(object.uid, object);
    rest.push(...follow(object));
  }
  return found;
}
