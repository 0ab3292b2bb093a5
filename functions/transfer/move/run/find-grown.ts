import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { getOrGone } from "../../../../adapters/kubernetes/api/objects.ts";
import type { CopyPlace } from "../../../../adapters/kubernetes/mirror/write-copy.ts";
import { patchExactly } from "../../../../adapters/kubernetes/move/move-writes.ts";
import { readSet } from "../../../../adapters/kubernetes/move/read-set.ts";
import { isKubemendError } from "../../../../core/errors.ts";
import { forEachConcurrently } from "../../../../core/for-each-concurrently.ts";
import { readField, readList } from "../../../../core/json/read-json.ts";
import { readVersion } from "../../../../core/mirror/manifest.ts";
import { isPassing } from "../../../../core/move/status/passing-problem.ts";
import type { SetReads } from "../../../../core/move/plan/plan-input.ts";
import { toOwnedSet } from "../../../../core/move/plan/to-plan.ts";
import { describeUnread, toProblem } from "../../../../core/move/sentences.ts";
import { type SetObject, nameObject } from "../../../../core/move/set-object.ts";
import { nameFew } from "../../../../core/move/moved-object.ts";
import { MOST_AT_ONCE } from "./most-at-once.ts";
import { isOverdue, toKeepsChanging, waitForWriters } from "./to-contended.ts";
import { isMaker } from "../../../../core/move/remade.ts";
import { toResourceName } from "../../../../core/references/resource-name.ts";
import { hasDeleted, type MoveRun, type PhaseOutcome, type StoppedPhase } from "./open-move.ts";

const STEP = "verify the set";
/** Reads and writes of one object before others who write it all the time are a problem. */
const ATTEMPTS = 3;

/** Objects that came about since the move was planned. */
type Grown = {
  /** They would be deleted with owners that move. */
  readonly dependents: readonly Dependent[];
  /** They are selected, too, and stay. */
  readonly selected: readonly SetObject[];
  /** The uids of objects from which a controller has made others that are to be deleted with them. */
  readonly makers: ReadonlySet<string>;
};

type Dependent = {
  readonly object: SetObject;
  /** The uids of the owners with which it would be deleted, and of the objects of the move above each of them. */
  readonly owners: ReadonlyMap<string, ReadonlySet<string>>;
};

/**
 * Before the point of no return, objects that came about since the move was planned, and would be deleted with their owners, stop the move,
 * as they would stop its plan; and so do resources of which nobody can say whether there are such objects. Everything that the move has is
 * looked at, whether it is still selected or not. Afterwards each level looks once more before it is deleted.
 */
export async function findGrown(
  run: MoveRun,
  signal: AbortSignal,
): Promise<PhaseOutcome | undefined> {
  if (hasDeleted(run)) return undefined;
  const grown = await readGrown(run, signal);
  if ("outcome" in grown) return grown;
  const first = grown.dependents[0]?.object ?? grown.selected[0];
  return first === undefined ? undefined : toGrown(run, first);
}

/** The owners of new objects that are not deleted as usual. */
export type FreedOwners = {
  /** The reasons for which owners are not deleted now, by uid. */
  readonly held: ReadonlyMap<string, StoppedPhase>;
  /** The uids of owners that are deleted without anything that they own. */
  readonly orphaning: ReadonlySet<string>;
};

/**
 * After the point of no return a new dependent would hold up objects that may be active in neither cluster, and whoever may create an object
 * could do that. So it loses those of its owners that are now to be deleted, and stays in the source. A controller may put the reference back
 * before the owner is deleted: the garbage collector then takes it off again, when nobody adopts for the owner any more. Where that would
 * leave Pods behind as well, the owner waits for a look that finds nothing.
 */
export async function freeGrown(
  run: MoveRun,
  deleted: readonly MovedObject[],
  signal: AbortSignal,
): Promise<FreedOwners | PhaseOutcome> {
  const grown = await readGrown(run, signal);
  if ("outcome" in grown) return grown;
  note(run, grown.selected, "stays");
  const uids = new Set(deleted.map(({ uid }) => uid));
  const held = new Map<string, StoppedPhase>();
  const orphaning = new Set<string>();
  const freed: SetObject[] = [];
  await forEachConcurrently(grown.dependents, MOST_AT_ONCE, async ({ object, owners }) => {
    const lost = [...owners].filter(([, roots]) => !roots.isDisjointFrom(uids));
    if (lost.length === 0 || signal.aborted) return;
    const reason = await free(run, object, new Set(lost.map(([uid]) => uid)), signal);
    if (reason === undefined) freed.push(object);
    for (const root of lost.flatMap(([, roots]) => [...roots])) {
      const owner = run.find(root);
      if (owner === undefined) continue;
      if (reason !== undefined) held.set(root, toGrown(run, object, reason));
      else if (mayOrphan(run, owner, grown)) orphaning.add(root);
      else if (!held.has(root)) held.set(root, toAdopted(run, owner, object));
    }
  });
  signal.throwIfAborted();
  note(run, freed, "lost the owner reference with which it would have been deleted, and stays");
  return { held, orphaning };
}

/** Whether an owner has nothing that is to be deleted with it because the target makes it again. */
function mayOrphan({ move }: MoveRun, owner: MovedObject, { makers }: Grown): boolean {
  const { remade = [] } = move.spec;
  return remade.length === 0 && !isMaker(toResourceName(owner)) && !makers.has(owner.uid);
}

function toAdopted(run: MoveRun, owner: MovedObject, object: SetObject): StoppedPhase {
  const name = nameObject(object);
  if (!isOverdue(run, owner)) {
    const waitsFor = `${name}, which lost its owner reference to it, to stay without`;
    return waitForWriters(run, owner, { step: STEP, waitsFor });
  }
  return toKeepsChanging(run, owner, {
    step: STEP,
    reason: `others make it the owner of new objects all the time, such as ${name}, which would be deleted with it`,
    live: [],
    wayOut: "stop that",
  });
}

async function readGrown(
  run: MoveRun,
  signal: AbortSignal,
): Promise<Grown | (PhaseOutcome & { readonly outcome: "problem" })> {
  const known = run.objects();
  const select = { select: run.move.spec.select, known };
  const reads = await readSet(run.sides.source, select, signal);
  return findUnread(run, reads) ?? findNew(run, known, reads);
}

function findNew({ move }: MoveRun, known: readonly MovedObject[], reads: SetReads): Grown {
  const uids = new Set(known.map(({ uid }) => uid));
  const selected = new Set([...reads.selected, ...uids]);
  const { members, left, lost, remade } = toOwnedSet(move.spec, { ...reads, selected });
  const leaving = new Set(known.flatMap((one) => (one.leavesOwned === true ? [one.uid] : [])));
  const roots = toRoots(remade, uids);
  const grown = [
    ...members.filter(({ uid }) => !uids.has(uid)),
    ...left.flatMap(({ object, owner }) => (leaving.has(owner.uid) ? [] : [object])),
    ...lost.map(({ object }) => object),
  ];
  const objects = [...new Map(grown.map((object) => [object.uid, object])).values()];
  const dependents = objects.map((object) => ({
    object,
    owners: new Map(
      object.owners.flatMap(({ uid }) => {
        const above = uids.has(uid) ? new Set([uid]) : roots(uid);
        return above.size === 0 ? [] : [[uid, above] as const];
      }),
    ),
  }));
  return {
    dependents: dependents.filter(({ owners }) => owners.size > 0),
    selected: dependents.flatMap(({ object, owners }) => (owners.size === 0 ? [object] : [])),
    makers: new Set(remade.flatMap(({ owners }) => owners.map(({ uid }) => uid))),
  };
}

/** Finds the objects of the move with which an object is deleted that the target makes again. */
function toRoots(
  remade: readonly SetObject[],
  uids: ReadonlySet<string>,
): (uid: string) => ReadonlySet<string> {
  const owners = new Map(remade.map((one) => [one.uid, one.owners.map(({ uid }) => uid)]));
  return (from) => {
    const found = new Set<string>();
    const seen = new Set<string>();
    const rest = [from];
    for (let uid = rest.pop(); uid !== undefined; uid = rest.pop()) {
      if (seen.has(uid)) continue;
      seen.add(uid);
      if (uids.has(uid)) found.add(uid);
      else rest.push(...(owners.get(uid) ?? []));
    }
    return found;
  };
}

function toGrown(
  run: MoveRun,
  object: SetObject,
  refusal?: string,
): PhaseOutcome & { readonly outcome: "problem" } {
  const { name } = run.move.metadata;
  const why = refusal === undefined ? "" : `. It could not be kept: ${refusal}`;
  const problem = toProblem(name, {
    code: "Grown",
    step: STEP,
    reason: `it came about since the move was planned, and would be deleted with its owner, or stay behind${why}`,
    wayOut: hasDeleted(run)
      ? "delete the object, or take its owner reference off, and it stays in the source"
      : `end this move with: kubemend move --rollback ${name}, and begin another one; or delete the object`,
  });
  return { outcome: "problem", problem: { ...problem, object: nameObject(object) } };
}

/** An object that was not seen would be deleted with its owner, unless all that is owned stays. */
function findUnread(
  run: MoveRun,
  { unread }: SetReads,
): (PhaseOutcome & { readonly outcome: "problem" }) | undefined {
  const [first] = unread;
  if (first === undefined || run.objects().every(({ leavesOwned }) => leavesOwned === true)) {
    return undefined;
  }
  const { resource, code } = first;
  const problem = toProblem(run.move.metadata.name, {
    // An API that is away for a moment is waited for.
    code: isPassing(code) ? code : "Unread",
    step: STEP,
    reason: describeUnread(first),
    wayOut:
      code === "Forbidden"
        ? `grant list of ${resource} in the source`
        : `have its API answer in the source (kubectl get ${resource}), or remove its definition`,
  });
  return { outcome: "problem", problem };
}

/**
 * The reason for which the object still has one of the owners; undefined if it has none. Functions write only what the pipeline lets them
 * move.
 */
async function free(
  run: MoveRun,
  object: SetObject,
  owners: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { type, namespace, name, uid } = object;
  const { group, resource } = type;
  const declared = { group, resource, namespace: namespace ?? undefined };
  const undeclared = run.refuse?.(run.move, [declared]);
  if (undeclared !== undefined) return undeclared.reason;
  const place = { client: run.sides.source.client, target: { ...type, namespace, name }, signal };
  let reason: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      if (await freeOnce(place, uid, owners)) return undefined;
      reason = "others write it all the time";
    } catch (error) {
      signal.throwIfAborted();
      if (!isKubemendError(error)) throw error;
      // The answer to a write that was done may be one that cannot be read: the next attempt finds out.
      reason = error.message;
    }
  }
  return reason;
}

/** False if somebody else has written the object between the look at it and the write. */
async function freeOnce(
  place: CopyPlace,
  uid: string,
  owners: ReadonlySet<string>,
): Promise<boolean> {
  const { client, target, signal } = place;
  const live = (await getOrGone(client, target, signal))?.object;
  if (live?.metadata.uid !== uid) return true;
  const all = readList(readField(live, "metadata", "ownerReferences"));
  const ownerReferences = all.filter((one) => !owners.has(String(readField(one, "uid"))));
  if (ownerReferences.length === all.length) return true;
  const state = { uid, resourceVersion: readVersion(live) };
  return (await patchExactly(place, state, { metadata: { ownerReferences } })) !== undefined;
}

function note(run: MoveRun, objects: readonly SetObject[], what: string): void {
  if (objects.length === 0) return;
  const names = nameFew(objects.map(nameObject).toSorted());
  run.note(`${names}: created since the move was planned; each ${what} in the source`);
}
