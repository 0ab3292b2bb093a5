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
import { hasDeleted, type MoveRun, type PhaseOutcome } from "./open-move.ts";

const STEP = "verify the set";
/** Reads and writes of one object before others who write it all the time are a problem. */
const ATTEMPTS = 3;

/**
 * Objects that came about since the move was planned, and would be deleted with their owners, and resources of which nobody can say whether
 * there are such objects. Everything that the move has is looked at, whether it is still selected or not. Before the point of no return they
 * stop the move, as they would stop its plan. Afterwards they would hold up objects that may be active in neither cluster, and whoever may
 * create an object could do that: they lose the owner reference and stay in the source.
 */
export async function findGrown(
  run: MoveRun,
  signal: AbortSignal,
): Promise<PhaseOutcome | undefined> {
  const known = run.objects();
  const select = { select: run.move.spec.select, known };
  const reads = await readSet(run.sides.source, select, signal);
  const unread = findUnread(run, reads);
  if (unread !== undefined) return unread;
  const { objects, owners } = findNew(run, known, reads);
  const [first] = objects;
  if (first === undefined) return undefined;
  if (!hasDeleted(run)) return toGrown(run, first);
  const kept = await freeDependents(run, objects, owners, signal);
  return kept === undefined ? undefined : toGrown(run, kept.object, kept.reason);
}

/** The new objects, and the uids of the owners with which they would be deleted. */
function findNew(
  { move }: MoveRun,
  known: readonly MovedObject[],
  reads: SetReads,
): { readonly objects: readonly SetObject[]; readonly owners: ReadonlySet<string> } {
  const uids = new Set(known.map(({ uid }) => uid));
  const selected = new Set([...reads.selected, ...uids]);
  const { members, left, lost } = toOwnedSet(move.spec, { ...reads, selected });
  const leaving = new Set(known.flatMap((one) => (one.leavesOwned === true ? [one.uid] : [])));
  const dependents = [...left.filter(({ owner }) => !leaving.has(owner.uid)), ...lost];
  const found = [
    ...members.filter(({ uid }) => !uids.has(uid)),
    ...dependents.map(({ object }) => object),
  ];
  const objects = new Map(found.map((object) => [object.uid, object]));
  return {
    objects: [...objects.values()],
    owners: new Set([...uids, ...lost.map(({ owner }) => owner.uid)]),
  };
}

function toGrown(run: MoveRun, object: SetObject, refusal?: string): PhaseOutcome {
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
function findUnread(run: MoveRun, { unread }: SetReads): PhaseOutcome | undefined {
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

/** An object that could not be kept, and the reason. */
type KeptOwner = { readonly object: SetObject; readonly reason: string };

/**
 * Takes these owners off new objects, so that they stay when the owners are deleted, and notes the names. Functions do it only for what the
 * pipeline lets them move. Undefined if that was done.
 */
async function freeDependents(
  run: MoveRun,
  objects: readonly SetObject[],
  owners: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<KeptOwner | undefined> {
  const owned = objects.filter((object) => object.owners.some(({ uid }) => owners.has(uid)));
  const freed: SetObject[] = [];
  let kept: KeptOwner | undefined;
  await forEachConcurrently(owned, MOST_AT_ONCE, async (object) => {
    if (kept !== undefined || signal.aborted) return;
    const reason = await free(run, object, owners, signal);
    if (reason === undefined) freed.push(object);
    else kept ??= { object, reason };
  });
  signal.throwIfAborted();
  const rest = objects.filter((object) => !owned.includes(object));
  note(run, freed, "lost the owner reference with which it would have been deleted, and stays");
  note(run, rest, "stays");
  return kept;
}

/** The reason for which the object still has one of the owners; undefined if it has none. */
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
