import type { MoveSpec } from "../../../events/moves/move.ts";
import type { Finding } from "../status/problem.ts";
import type { OwnedSet } from "./owned-set.ts";
import type { SetReads } from "./plan-input.ts";
import { isMaker } from "../remade.ts";
import { nameObject, nameResource, type SetObject } from "../set-object.ts";

type Owners = {
  readonly spec: MoveSpec;
  readonly reads: SetReads;
  readonly set: OwnedSet;
  /** Objects that own each other, by their uids. */
  readonly cycles: readonly (readonly string[])[];
};

/** The owners and dependents that a move would part. */
export function findOwnerProblems({ spec, set, reads, cycles }: Owners): readonly Finding[] {
  const problems: Finding[] = [];
  const names = new Map(reads.objects.map((object) => [object.uid, nameObject(object)]));
  const members = new Set(set.members.map(({ uid }) => uid));
  if (spec.dropOwners !== true) {
    const toName = ({ uid, kind, name }: SetObject["owners"][number]): string =>
      names.get(uid) ?? `${kind} ${name}`;
    for (const object of set.members) {
      const inside = object.owners.find(({ uid }) => members.has(uid));
      for (const owner of object.owners.filter(({ uid }) => !members.has(uid))) {
        const named = toName(owner);
        const stay =
          inside === undefined
            ? ""
            : `; or, if the object is to stay with it, take the owner reference to ${toName(inside)} off before the move`;
        problems.push({
          code: "OwnedOutside",
          object: nameObject(object),
          reason: `its owner ${named} does not move, and would lose it: it is deleted in the source`,
          wayOut: `select the owner, too; or leave it out of the copy (dropOwners, --drop-owners): ${named} then stays without the object, and nothing deletes the copy with it${stay}`,
        });
      }
    }
  }
  if (spec.leaveOwned !== true) {
    for (const { object, owner } of set.left) {
      problems.push({
        code: "OwnsOutside",
        object: nameObject(owner),
        reason: `it owns ${nameObject(object)}, which was not selected and would ${toLoss(object)}`,
        wayOut:
          "move what it owns, too (withOwned, --with-owned), or let that stay without it (leaveOwned, --leave-owned)",
      });
    }
  }
  problems.push(...findStranded({ spec, set, reads }));
  for (const { object, owner } of set.lost) {
    problems.push({
      code: "OwnsOutside",
      object: nameObject(object),
      reason: `a controller in the target makes its owner ${nameObject(owner)} again, so ${nameObject(owner)} is deleted in the source, and ${nameObject(object)} would be deleted with it`,
      wayOut: `take the owner reference away, or, if a controller makes ${nameObject(object)} again as well, name its resource (remade: ${nameResource(object)}, --remade)`,
    });
  }
  for (const cycle of cycles) {
    const named = cycle.map((uid) => names.get(uid) ?? uid);
    problems.push({
      code: "Cycle",
      object: named[0],
      reason: `there is no order in which the owners are first: ${[...named, named[0]].join(" owns ")}`,
      wayOut: "take one of these owner references away",
    });
  }
  return problems;
}

/** An object that others own, too, is deleted by the garbage collector only if none of them is there. */
function toLoss({ owners }: SetObject): string {
  const others = new Set(owners.map(({ uid }) => uid)).size - 1;
  return others < 1
    ? "be deleted with it"
    : "lose this owner, or be deleted with it if its other owners are gone";
}

/**
 * An owner that leaves objects behind is deleted without anything that it owns. So the objects that its controller has made, such as the
 * Pods of a Deployment, would run on in the source, while the target makes its own.
 */
function findStranded({
  spec,
  set,
  reads,
}: Pick<Owners, "spec" | "set" | "reads">): readonly Finding[] {
  if (spec.leaveOwned !== true) return [];
  const leaving = new Set(set.left.map(({ owner }) => owner.uid));
  // Objects that could not be listed may be owned by any of them.
  const leavesAny = reads.unread.length > 0;
  const makers = new Set(set.remade.flatMap(({ owners }) => owners.map(({ uid }) => uid)));
  return set.members.flatMap((object) => {
    const { uid } = object;
    const isMaking = makers.has(uid) || isMaker(nameResource(object));
    if (!isMaking || !(leavesAny || leaving.has(uid))) return [];
    return [
      {
        code: "OwnsOutside",
        object: nameObject(object),
        reason:
          "what its controller has made from it, such as Pods, would stay and run in the source, because it leaves owned objects behind",
        wayOut: leavesAny
          ? "grant list of all resources in its namespace in the source"
          : "move what it owns, too (withOwned, --with-owned), or take its owner reference off the objects that are to stay",
      },
    ];
  });
}
