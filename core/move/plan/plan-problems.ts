import type { MoveSpec } from "../../../events/moves/move.ts";
import { limitText } from "../../text/limit-text.ts";
import { quote } from "../../text/quote.ts";
import type { OwnedSet } from "./owned-set.ts";
import type { PlanReads, SetReads } from "./plan-input.ts";
import { findOwnerProblems } from "./owner-problems.ts";
import { findRightProblems, toRefusedLists } from "./right-problems.ts";
import { describeUnread } from "../sentences.ts";
import type { Finding, Problem } from "../status/problem.ts";
import { toOtherMoveWayOut } from "../other-move.ts";
import { findUnpausedFinalizers } from "./pause-fault.ts";
import { nameObject, nameResource, type SetObject } from "../set-object.ts";
import { findStationary } from "../../actions/move/stationary.ts";

type Planned = {
  readonly spec: MoveSpec;
  readonly reads: SetReads;
  readonly set: OwnedSet;
  readonly cycles: readonly (readonly string[])[];
  readonly facts: PlanReads;
};

const STEP = "plan";
/** More objects are more than one person looks at, and more than one Move should hold up. */
const MOST_OBJECTS = 5_000;
/** A list of names, in one sentence. */
const MOST_CHARACTERS = 500;

/** All problems of a plan, so that nobody has to find them out one by one. */
export function findPlanProblems(planned: Planned): readonly Problem[] {
  const found = [
    ...findSelectionProblems(planned),
    ...findOwnerProblems(planned),
    ...planned.set.members.flatMap((object) => findObjectProblems(object, planned)),
    ...findUnpausedFinalizers(planned.set.members, planned.spec),
    ...findResourceProblems(planned),
    ...findNamespaceProblems(planned),
    ...findMissing(planned),
  ];
  return found.map((problem) => ({ ...problem, step: STEP }));
}

function findSelectionProblems({ spec, reads, set }: Planned): readonly Finding[] {
  const problems: Finding[] = reads.unserved.map(({ selection: { resource }, meant }) => ({
    code: "NotServed",
    reason: `the source does not serve ${resource}`,
    wayOut: meant === undefined ? "select what it serves" : `did you mean ${meant}?`,
  }));
  for (const { resource, namespace, name, labelSelector } of reads.unmatched) {
    const what = [
      resource,
      ...(name === undefined ? [] : [quote(name)]),
      ...(labelSelector === undefined ? [] : [`with ${labelSelector}`]),
      ...(namespace === undefined ? [] : [`in namespace ${namespace}`]),
    ];
    problems.push({
      code: "NothingSelected",
      reason: `there is no ${what.join(" ")}${reads.leftOut.length === 0 ? "" : ", besides what each cluster has of its own"}`,
      wayOut: "check the name, the namespace and the cluster",
    });
  }
  problems.push(...findSeveral(spec, reads));
  if (set.members.length > MOST_OBJECTS) {
    const reason = `${set.members.length} objects are more than ${MOST_OBJECTS}`;
    problems.push({ code: "TooMany", reason, wayOut: "move them in several parts" });
  }
  if (spec.leaveOwned === true) return problems;
  for (const { resource, reason, code } of reads.unread) {
    // Named with the other rights.
    if (code === "Forbidden") continue;
    problems.push({
      code: "Unread",
      reason: describeUnread({ resource, reason }),
      wayOut: `have its API answer in the source (kubectl get ${resource}), or let what is owned stay (leaveOwned, --leave-owned)`,
    });
  }
  return problems;
}

/** A name without a namespace means one object: another one of that name, in another namespace, is hardly meant. */
function findSeveral({ select }: MoveSpec, { objects, selected }: SetReads): readonly Finding[] {
  return select.flatMap(({ resource, namespace, name }) => {
    if (name === undefined || namespace !== undefined) return [];
    const found = objects.filter(
      (one) => selected.has(one.uid) && one.name === name && nameResource(one) === resource,
    );
    if (found.length < 2) return [];
    const named = found.map(nameObject).join(", ");
    return [
      {
        code: "SeveralNamed",
        reason: `there are ${found.length} ${resource} of the name ${quote(name)}: ${limitText(named, MOST_CHARACTERS)}`,
        wayOut: "say the namespace of the one that moves (namespace, -n)",
      },
    ];
  });
}

function findObjectProblems(object: SetObject, { spec, facts }: Planned): readonly Finding[] {
  const named = nameObject(object);
  const problems: Finding[] = [];
  const {
    bond = object.ownOfCluster,
    pauseFault,
    claims = [],
  } = facts.wholes.get(object.uid) ?? {};
  if (bond !== undefined) {
    const wayOut = "leave it out, as a selection of its resource without a name does";
    problems.push({ code: "Bound", object: named, reason: `it cannot move: ${bond}`, wayOut });
  }
  if (claims.length > 0 && spec.leaveData !== true) {
    const names = claims.map(({ refersTo }) => refersTo).join(", ");
    problems.push({
      code: "LeavesData",
      object: named,
      reason: `its volumes do not move (${names}), so that its Pods would begin in the target with empty ones`,
      wayOut:
        "copy the data into claims of these names in the target, or let it begin without (leaveData, --leave-data)",
    });
  }
  if (pauseFault !== undefined) {
    const wayOut = "name another place in pause, or correct the object";
    problems.push({ code: "CannotPause", object: named, reason: pauseFault, wayOut });
  }
  if (object.isTerminating) {
    problems.push({
      code: "Terminating",
      object: named,
      reason: "it is being deleted in the source, and what is being deleted does not move",
      holds:
        object.finalizers.length === 0 ? undefined : `finalizers ${object.finalizers.join(", ")}`,
      wayOut: "wait until it is gone, or have its finalizers taken off by what set them",
    });
  }
  // Of what each cluster has of its own, the target has one.
  const taken = bond === undefined ? facts.taken.get(object.uid) : undefined;
  if (taken !== undefined) {
    const moved = taken.movedUid === object.uid ? ", left by an earlier move of this object" : "";
    problems.push({
      code: taken.isTerminating ? "TargetTerminating" : "PlaceTaken",
      object: named,
      reason: taken.isTerminating
        ? "an object of its name is being deleted in the target, and is not written over"
        : `the target has an object of its name${moved}`,
      wayOut: taken.isTerminating
        ? "wait until it is gone"
        : "look at it, and delete it there if nobody needs it",
    });
  }
  const other = facts.otherMoves.get(object.uid);
  if (other !== undefined) {
    const wayOut = toOtherMoveWayOut(other);
    const reason = `the Move ${other} moves it already`;
    problems.push({ code: "MovedByAnother", object: named, reason, wayOut });
  }
  return problems;
}

/** Once for all objects of a resource. */
function findResourceProblems({ set, facts }: Planned): readonly Finding[] {
  const resources = new Map(set.members.map((object) => [nameResource(object), object]));
  return [...resources].flatMap(([resource, { type }]) => {
    const stationary = findStationary(resource);
    if (stationary !== undefined) {
      const reason = `objects of ${resource} do not move: ${stationary}`;
      const wayOut = `leave them out, or let them be deleted with their owners (remade: ${resource}, --remade ${resource})`;
      return [{ code: "Bound", object: type.kind, reason, wayOut }];
    }
    const version = facts.versions.get(resource);
    if (version === undefined || version.ok) return [];
    const { code, message } = version.error;
    return [{ code, reason: message, wayOut: `install what defines ${resource} in the target` }];
  });
}

function findNamespaceProblems({ spec, facts }: Planned): readonly Finding[] {
  return [...facts.namespaces].flatMap(([namespace, state]): readonly Finding[] => {
    if (state === "there" || (state === "missing" && spec.createNamespaces === true)) return [];
    const object = `Namespace ${namespace}`;
    if (state === "terminating") {
      const reason = "it is being deleted in the target";
      return [{ code: "TargetTerminating", object, reason, wayOut: "wait until it is gone" }];
    }
    const wayOut =
      "create it there with the labels and quotas that it needs, or have it created (createNamespaces, --create-namespaces)";
    return [{ code: "NamespaceMissing", object, reason: "the target does not have it", wayOut }];
  });
}

function findMissing({ spec, reads, facts }: Planned): readonly Finding[] {
  const unread = spec.leaveOwned === true ? [] : reads.unread;
  const lists = toRefusedLists({ ...reads, unread });
  const isListMissing = lists.length > (reads.denied ?? []).length;
  return findRightProblems([...lists, ...facts.missingRights], { isListMissing });
}
