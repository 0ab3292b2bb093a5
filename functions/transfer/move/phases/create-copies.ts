import type { KubernetesObject } from "../../../../events/change.ts";
import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { getObject } from "../../../../adapters/kubernetes/api/objects.ts";
import { toNamespaceAddress } from "../../../../adapters/kubernetes/api/namespace-address.ts";
import { toResourcePath } from "../../../../adapters/kubernetes/api/path.ts";
import {
  createCopy,
  updateCopy,
  type CopyPlace,
} from "../../../../adapters/kubernetes/mirror/write-copy.ts";
import { isKubemendError } from "../../../../core/errors.ts";
import { readVersion, type Manifest } from "../../../../core/mirror/manifest.ts";
import { MOVED_BY_ANNOTATION } from "../../../../core/move/marks.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { isPassing } from "../../../../core/move/status/passing-problem.ts";
import { isToBeRolledBack } from "../../../../core/move/status/phase.ts";
import { toProblem, toRefusal } from "../../../../core/move/sentences.ts";
import { isPaused } from "../../../../core/move/pause-value.ts";
import { isMovedHere, toMoved } from "../../../../core/move/to-moved.ts";
import {
  DONE,
  hasDeleted,
  toLevelsOf,
  type MoveRun,
  type PhaseOutcome,
  toTargetUids,
} from "../run/open-move.ts";
import { noteLost, toGone, toTerminating } from "../run/lost-objects.ts";
import { readWhole } from "../run/read-objects.ts";
import { toUnpaused } from "../run/to-contended.ts";
import { toHeld } from "../run/to-held.ts";
import { findLostField, toTargetChanges } from "../run/to-target-changes.ts";
import { toOutcome, workOnEach, type Trouble } from "../run/work-on-each.ts";

const STEP = "create in the target";

/** The phase Creating: each object is created after its owners, and only if there is nothing of its name. */
export async function createCopies(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  await createNamespaces(run, signal);
  for (const level of toLevelsOf(run.objects())) {
    const missing = level.filter((object) => !isCreated(object));
    if (missing.length === 0) continue;
    // A copy that is created after a rollback has deleted the others would stay.
    const now = await run.store.find(run.move.metadata.name, signal);
    if (now?.status?.phase !== "Creating") return { outcome: "back", to: "Creating" };
    if (isToBeRolledBack(now)) return { outcome: "back", to: "Creating" };
    const troubles = await createLevel(run, missing, signal);
    countCreated(run);
    // A part is a large write, so it is stored when all its copies exist; a run that is killed before finds them by their marks.
    await run.flush(signal, troubles.length === 0 ? isCreated : undefined);
    if (troubles.length > 0) return toOutcome(troubles);
  }
  // A part with an object that no cluster has never becomes complete.
  await run.flush(signal);
  return DONE;
}

/**
 * The target may refuse an object as long as it lacks another one of the level, to which it refers: as long as others are created, the refused
 * ones are tried again.
 */
async function createLevel(
  run: MoveRun,
  level: readonly MovedObject[],
  signal: AbortSignal,
): Promise<readonly Trouble[]> {
  const sources = await readWhole(run, "source", level, signal);
  const targetUids = toTargetUids(run);
  let missing = level;
  for (;;) {
    const troubles = await workOnEach(run, missing, signal, (object) =>
      create(run, object, { source: sources.get(object.uid), targetUids }, signal),
    );
    const refused = troubles.filter(isRefused);
    const isAgain = refused.length === troubles.length && refused.length < missing.length;
    if (refused.length === 0 || !isAgain) return troubles;
    missing = refused.map(({ object }) => object);
  }
}

function isRefused({ outcome }: Trouble): boolean {
  return outcome.outcome === "problem" && !isPassing(outcome.problem.code);
}

function isCreated({ targetUid }: MovedObject): boolean {
  return targetUid !== undefined;
}

async function create(
  run: MoveRun,
  object: MovedObject,
  {
    source,
    targetUids,
  }: {
    readonly source: KubernetesObject | undefined;
    readonly targetUids: ReadonlyMap<string, string>;
  },
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const { move, sides } = run;
  if (source?.metadata.uid !== object.uid) {
    if (hasDeleted(run)) return toLost(run, object);
    return { outcome: "problem", problem: toGone(run, object, STEP) };
  }
  // After the point of no return it is the move that has deleted it.
  if (source.metadata["deletionTimestamp"] !== undefined && !hasDeleted(run)) {
    return toTerminating(run, object, STEP);
  }
  // Its copy would be active beside it.
  if (object.pause !== undefined && !isPaused(source, object.pause))
    return toUnpaused(run, object, { source, step: STEP });
  const context = {
    object,
    moveUid: move.metadata.uid,
    clusterUid: sides.source.uid,
    targetUids,
    findOwner: run.find,
  };
  const place = run.toPlace("target", object, signal);
  try {
    const written = await createCopy(place, toMoved(source, context));
    const found =
      written.outcome === "written"
        ? written.object
        : await getObject(place.client, place.target, signal);
    if (found === null) return toWait(object, "the target to say what is at its place");
    if (found.metadata["deletionTimestamp"] !== undefined) {
      const reason =
        "the target has an object of its name that is being deleted and is not gone, and nothing is created over it";
      return toHeld(run, object, { live: found, step: STEP, side: "target", reason });
    }
    if (isMovedHere(found, { moveUid: move.metadata.uid, object })) {
      const manifest = toMoved(source, { ...context, copy: found });
      const field = await findUnstored(place, { manifest, copy: found });
      if (field !== undefined) return toTargetChanges(run, object, { step: STEP, field });
      run.set({ ...object, targetUid: found.metadata.uid, state: "Created" });
      return DONE;
    }
    return toTaken(run, object);
  } catch (error) {
    const problem = toRefusal(move.metadata.name, error, { object, step: STEP });
    return { outcome: "problem", problem };
  }
}

/**
 * A field of a copy that the target does not store as it is written. It is written once more, because admission may change what is created and
 * leave what is updated.
 */
async function findUnstored(
  place: CopyPlace,
  { manifest, copy }: { readonly manifest: Manifest; readonly copy: KubernetesObject },
): Promise<string | undefined> {
  if (findLostField(manifest, copy) === undefined) return undefined;
  const live = { uid: copy.metadata.uid, resourceVersion: readVersion(copy) };
  const written = await updateCopy(place, { manifest, live, force: true });
  return written.outcome === "written" ? findLostField(manifest, written.object) : undefined;
}

function toTaken(run: MoveRun, object: MovedObject): PhaseOutcome {
  const problem = toProblem(run.move.metadata.name, {
    code: "PlaceTaken",
    object,
    step: STEP,
    reason: "the target has an object of its name, which this move did not create",
    wayOut: "look at it, and delete it there if nobody needs it",
  });
  return { outcome: "problem", problem };
}

/** Somebody has deleted the copy of a source that was gone before the copy could be created again. */
function toLost(run: MoveRun, object: MovedObject): PhaseOutcome {
  noteLost(run, object);
  return DONE;
}

function toWait(object: MovedObject, waitsFor: string): PhaseOutcome {
  return { outcome: "wait", current: { object: nameMoved(object), doing: STEP, waitsFor } };
}

function countCreated(run: MoveRun): void {
  run.tally("created", run.objects().filter(isCreated).length);
}

async function createNamespaces(run: MoveRun, signal: AbortSignal): Promise<void> {
  const { move, sides } = run;
  if (move.spec.createNamespaces !== true) return;
  const { client } = sides.target;
  const names = new Set(run.objects().flatMap(({ namespace }) => namespace ?? []));
  for (const name of names) {
    const address = toNamespaceAddress(name);
    if ((await getObject(client, address, signal)) !== null) continue;
    const annotations = { [MOVED_BY_ANNOTATION]: move.metadata.uid };
    const path = toResourcePath({ ...address, name: undefined });
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name, annotations } };
    try {
      await client.request({ method: "POST", path, body, signal });
    } catch (error) {
      if (!isKubemendError(error, "AlreadyExists")) throw error;
    }
  }
}
