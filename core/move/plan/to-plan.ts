import type { LeftReference, MoveSpec } from "../../../events/moves/move.ts";
import type { MovedObject } from "../../../events/moves/move-steps.ts";
import type { DroppedField } from "./dropped-fields.ts";
import { toLevels } from "./levels.ts";
import { findOwnedSet, type OwnedSet } from "./owned-set.ts";
import { findBlocked, type Block } from "../blocks.ts";
import { isFinalizerRemoved } from "../finalizers.ts";
import { findPause } from "../pauses.ts";
import type { PlanReads, SetReads, UnseenResource } from "./plan-input.ts";
import { findUnowned, type UnownedObject } from "../tools/cluster-api.ts";
import { findManagers, type Manager } from "../tools/managers.ts";
import type { Problem } from "../status/problem.ts";
import { findPlanProblems } from "./plan-problems.ts";
import { nameObject, nameResource, type SetObject } from "../set-object.ts";

/** The steps of a move, and its problems: nothing is done as long as there are any. */
export type MovePlan = {
  /** In the order in which they are created: owners first. They are deleted in the reverse order. */
  readonly objects: readonly MovedObject[];
  readonly levels: number;
  /** Objects that controllers of the target make again: how many of each resource are deleted with their owners. */
  readonly remade: readonly { readonly resource: string; readonly count: number }[];
  /** Objects that stay and lose an owner: `ConfigMap shop/a` of `Machine shop/b`. */
  readonly leftOwned: readonly { readonly object: string; readonly owner: string }[];
  /** Owners that the copies do without. */
  readonly droppedOwners: readonly { readonly object: string; readonly owner: string }[];
  /** Namespaces that are created in the target. */
  readonly namespaces: readonly string[];
  /** Objects that hold the move up at present, by their annotation, or by a Job that runs. */
  readonly blocked: readonly Block[];
  /** The number of objects that have each finalizer, and whether the move takes it off. */
  readonly finalizers: readonly {
    readonly finalizer: string;
    readonly count: number;
    readonly isRemoved: boolean;
  }[];
  /** Values that somebody has chosen and that the copies do not have. */
  readonly dropped: readonly (DroppedField & { readonly object: string })[];
  /** Objects that were selected and stay, and why. */
  readonly leftOut: readonly { readonly object: string; readonly reason: string }[];
  /** Objects that belong to those that move without being owned: among the references, too. */
  readonly unowned: readonly UnownedObject[];
  /** Tools that have made objects that move. */
  readonly managers: readonly Manager[];
  /** References to objects that do not move. */
  readonly left: readonly LeftReference[];
  /** References of objects that stay to objects that move. */
  readonly referrers: readonly LeftReference[];
  /** Resources in which such references were not looked for, and why. */
  readonly unseen: readonly UnseenResource[];
  readonly problems: readonly Problem[];
};

/** The set of a move, before the target was asked. */
export function toOwnedSet(spec: MoveSpec, reads: SetReads): OwnedSet {
  const { objects, selected, withOwned } = reads;
  return findOwnedSet({ objects, selected, withOwned, remade: spec.remade });
}

/** The plan of a move from what was read: the same for the same reads. */
export function toPlan(
  spec: MoveSpec,
  {
    reads,
    set,
    facts,
  }: { readonly reads: SetReads; readonly set: OwnedSet; readonly facts: PlanReads },
): MovePlan {
  const { members } = set;
  const inside = new Set(members.map(({ uid }) => uid));
  const toOwners = ({ owners }: SetObject): readonly string[] => [
    ...new Set(owners.map(({ uid }) => uid).filter((uid) => inside.has(uid))),
  ];
  const { levels, cycles } = toLevels(
    members.map((one) => ({ uid: one.uid, owners: toOwners(one) })),
  );
  const leaving = new Set(set.left.map(({ owner }) => owner.uid));
  // Objects that were not seen may be owned by any of them.
  const leavesAny = spec.leaveOwned === true && reads.unread.length > 0;
  const objects = members.map((object) =>
    toMovedObject(object, {
      spec,
      facts,
      level: levels.get(object.uid) ?? 0,
      owners: toOwners(object),
      leavesOwned: leavesAny || leaving.has(object.uid),
    }),
  );
  const unowned = findUnowned(members, reads.related);
  return {
    objects: objects.toSorted(compareMoved),
    levels: members.length === 0 ? 0 : Math.max(0, ...levels.values()) + 1,
    remade: count(set.remade.map(nameResource)).map(([resource, many]) => ({
      resource,
      count: many,
    })),
    leftOwned: set.left.map(({ object, owner }) => ({
      object: nameObject(object),
      owner: nameObject(owner),
    })),
    droppedOwners: members.flatMap((object) =>
      object.owners
        .filter(({ uid }) => !inside.has(uid))
        .map(({ kind, name }) => ({ object: nameObject(object), owner: `${kind} ${name}` })),
    ),
    namespaces: [...facts.namespaces].flatMap(([name, state]) =>
      state === "missing" ? [name] : [],
    ),
    blocked: [...findBlocked(members, spec), ...facts.running],
    finalizers: count(members.flatMap(({ finalizers }) => finalizers)).map(([finalizer, many]) => ({
      finalizer,
      count: many,
      isRemoved: isFinalizerRemoved(finalizer, spec),
    })),
    dropped: members.flatMap((object) =>
      (facts.wholes.get(object.uid)?.dropped ?? []).map((field) => ({
        object: nameObject(object),
        ...field,
      })),
    ),
    leftOut: reads.leftOut.map((object) => ({
      object: nameObject(object),
      reason: object.ownOfCluster ?? "",
    })),
    unowned,
    managers: findManagers(members),
    left: [
      ...members.flatMap(({ uid }) => facts.wholes.get(uid)?.left ?? []),
      ...unowned.map(({ object, field, refersTo }) => ({ object, field, refersTo })),
    ],
    referrers: facts.referrers,
    unseen: toUnseen(reads, facts),
    problems: findPlanProblems({ spec, reads, set, cycles, facts }),
  };
}

function toUnseen({ unread }: SetReads, { unseen }: PlanReads): readonly UnseenResource[] {
  return [...unread.map(({ resource, reason }) => ({ resource, reason })), ...unseen];
}

function toMovedObject(
  object: SetObject,
  {
    spec,
    facts,
    level,
    owners,
    leavesOwned,
  }: {
    readonly spec: MoveSpec;
    readonly facts: PlanReads;
    readonly level: number;
    readonly owners: readonly string[];
    readonly leavesOwned: boolean;
  },
): MovedObject {
  const resource = nameResource(object);
  const chosen = facts.versions.get(resource);
  const type = chosen?.ok === true ? chosen.value : object.type;
  const pause = findPause(resource, spec.pause);
  return {
    group: type.group,
    version: type.version,
    resource: type.resource,
    kind: type.kind,
    ...(object.namespace === null ? {} : { namespace: object.namespace }),
    name: object.name,
    uid: object.uid,
    level,
    ...(owners.length === 0 ? {} : { owners }),
    ...(leavesOwned ? { leavesOwned } : {}),
    ...(chosen?.ok === true && chosen.movesStatus === true ? { movesStatus: true as const } : {}),
    ...(pause === undefined ? {} : { pause }),
    ...(object.finalizers.length === 0 ? {} : { finalizers: object.finalizers }),
    state: "Planned",
  };
}

function compareMoved(left: MovedObject, right: MovedObject): number {
  return (
    left.level - right.level ||
    compareText(left.resource, right.resource) ||
    compareText(left.group, right.group) ||
    compareText(left.namespace ?? "", right.namespace ?? "") ||
    compareText(left.name, right.name)
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

function count(names: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([left], [right]) => compareText(left, right));
}
