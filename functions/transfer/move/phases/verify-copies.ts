import type { KubernetesObject } from "../../../../events/change.ts";
import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { updateCopy } from "../../../../adapters/kubernetes/mirror/write-copy.ts";
import { toSetObject } from "../../../../adapters/kubernetes/move/to-set-object.ts";
import type { SetObject } from "../../../../core/move/set-object.ts";
import { findDrift, type Difference } from "../../../../core/mirror/find-drift.ts";
import { readVersion } from "../../../../core/mirror/manifest.ts";
import { isPaused } from "../../../../core/move/pause-value.ts";
import { toProblem, toRefusal } from "../../../../core/move/sentences.ts";
import { isMovedHere, toMoved } from "../../../../core/move/to-moved.ts";
import { findGrown } from "../run/find-grown.ts";
import {
  DONE,
  type MoveRun,
  type PhaseOutcome,
  hasDeleted,
  toTargetUids,
} from "../run/open-move.ts";
import { toGone, toTerminating } from "../run/lost-objects.ts";
import { readWhole } from "../run/read-objects.ts";
import {
  goBack,
  isOverdue,
  toKeepsChanging,
  toUnpaused,
  waitForWriters,
} from "../run/to-contended.ts";
import { readOwners } from "../../../../core/mirror/owners.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { limitText } from "../../../../core/text/limit-text.ts";
import { findLostField, toTargetChanges } from "../run/to-target-changes.ts";
import { tryDeletions } from "../run/try-writes.ts";
import { toOutcome, workOnEach, type Trouble } from "../run/work-on-each.ts";
import { heedOptOuts, waitForJobs } from "./wait-for-blocks.ts";

const STEP = "verify the copy";
/** The most characters of the owners that a text names. */
const OWNERS_SHOWN = 500;

/** The phase Verifying: the target has each object as the source has it, and the source has nothing that would be deleted with them. */
export async function verifyCopies(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const grown = await findGrown(run, signal);
  if (grown !== undefined) return grown;
  // Since the CronJobs were paused, a controller that did not know it yet, or a person, may have begun one.
  const jobs = hasDeleted(run) ? DONE : await waitForJobs(run, signal);
  if (jobs.outcome !== "done") return jobs;
  const sources = new Map<string, KubernetesObject>();
  const troubles = await equalize(run, run.objects(), signal, ({ uid }, source) =>
    sources.set(uid, source),
  );
  await run.flush(signal);
  // Afterwards nothing can be taken back, and a source that cannot be deleted would stay paused.
  const isLast = troubles.length === 0 && !hasDeleted(run);
  if (!isLast) return toOutcome(troubles);
  const optedOut = await heedOptOuts(run, toSetObjects(run, sources), signal);
  return optedOut.outcome === "done" ? tryDeletions(run, sources, signal) : optedOut;
}

function toSetObjects(
  run: MoveRun,
  sources: ReadonlyMap<string, KubernetesObject>,
): readonly SetObject[] {
  return run.objects().flatMap(({ uid, group, version, resource, kind, namespace }) => {
    const type = { group, version, resource, kind, namespaced: namespace !== undefined };
    return toSetObject(sources.get(uid), type) ?? [];
  });
}

/**
 * Compares these objects on both sides. A source that differs from its copy is written to the target; the pair counts as equal only in a later
 * look, which reads both again. Returns those that are not equal; `onEqual` is called with the state of the source of each that is.
 */
export async function equalize(
  run: MoveRun,
  objects: readonly MovedObject[],
  signal: AbortSignal,
  onEqual: (object: MovedObject, source: KubernetesObject) => void = () => undefined,
): Promise<readonly Trouble[]> {
  // The target first: what is written there is for the state that was read before the source was.
  const targets = await readWhole(run, "target", objects, signal);
  const sources = await readWhole(run, "source", objects, signal);
  const targetUids = toTargetUids(run);
  let equal = 0;
  const troubles = await workOnEach(run, objects, signal, async (object) => {
    const pair = { source: sources.get(object.uid), target: targets.get(object.uid) };
    const outcome = await verify(run, object, { ...pair, targetUids }, signal);
    if (outcome.outcome === "done" && pair.source !== undefined) {
      equal += 1;
      onEqual(object, pair.source);
    }
    return outcome;
  });
  if (objects.length === run.objects().length) run.tally("verified", equal);
  return troubles;
}

async function verify(
  run: MoveRun,
  object: MovedObject,
  {
    source,
    target,
    targetUids,
  }: {
    readonly source: KubernetesObject | undefined;
    readonly target: KubernetesObject | undefined;
    readonly targetUids: ReadonlyMap<string, string>;
  },
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const { move, sides } = run;
  if (source?.metadata.uid !== object.uid) {
    if (!hasDeleted(run)) return { outcome: "problem", problem: toGone(run, object, STEP) };
    // In neither cluster: what it owned is not to name a copy that is gone.
    if (target === undefined && object.targetUid !== undefined) run.set(withoutCopy(object));
    return DONE;
  }
  if (source.metadata["deletionTimestamp"] !== undefined && !hasDeleted(run)) {
    return toTerminating(run, object, STEP);
  }
  if (object.pause !== undefined && !isPaused(source, object.pause)) {
    return toUnpaused(run, object, { source, step: STEP });
  }
  const adopted = findOtherOwners(run, object, source);
  if (adopted !== undefined) return adopted;
  // A copy that is being deleted is gone as soon as its finalizers are taken off.
  const isOurs =
    target !== undefined &&
    target.metadata["deletionTimestamp"] === undefined &&
    isMovedHere(target, { moveUid: move.metadata.uid, object });
  if (!isOurs || target.metadata.uid !== object.targetUid) {
    // Somebody has deleted the copy: it is created again, and found to be taken if something else is there.
    run.set(withoutCopy(object));
    return goBack(run, object, {
      to: "Creating",
      step: STEP,
      reason: "others delete it in the target each time that the move has created it",
      waitsFor: "its copy to stay in the target",
      live: [source, target],
      wayOut: "stop that",
    });
  }
  const manifest = toMoved(source, {
    object,
    moveUid: move.metadata.uid,
    clusterUid: sides.source.uid,
    targetUids,
    findOwner: run.find,
    copy: target,
  });
  const difference = findDrift(manifest, target).find((one) => !isOfController(object, one));
  if (difference === undefined) return DONE;
  const field = difference.path.join(".");
  const live = { uid: target.metadata.uid, resourceVersion: readVersion(target) };
  try {
    const place = run.toPlace("target", object, signal);
    const written = await updateCopy(place, { manifest, live, force: true });
    const lost =
      written.outcome === "written" ? findLostField(manifest, written.object) : undefined;
    if (lost !== undefined) return toTargetChanges(run, object, { step: STEP, field: lost });
  } catch (error) {
    const problem = toRefusal(move.metadata.name, error, { object, step: STEP });
    return { outcome: "problem", problem };
  }
  // It was written all the same: once nobody else writes it, the next look finds it equal.
  if (isOverdue(run, object)) {
    const reason = `its field ${field} in the target does not stay as it is in the source`;
    return toKeepsChanging(run, object, { step: STEP, reason, live: [source, target] });
  }
  const waitsFor = `its field ${field} to be in the target as it is in the source`;
  return waitForWriters(run, object, { step: STEP, waitsFor });
}

/**
 * The owners of the source are those of the plan, which has refused all that it could not take along. After the point of no return the copy
 * has those of them that the target has, and a note says so.
 */
function findOtherOwners(
  run: MoveRun,
  object: MovedObject,
  source: KubernetesObject,
): PhaseOutcome | undefined {
  const { spec, metadata } = run.move;
  const owners = readOwners(source).filter(
    ({ uid }) => spec.dropOwners !== true || run.find(uid) !== undefined,
  );
  const planned = new Set(object.owners);
  const isSame = new Set(owners.map(({ uid }) => uid)).symmetricDifference(planned).size === 0;
  if (isSame) return undefined;
  const names = owners.map(({ kind, name }) => `${kind} ${name}`);
  const now = names.length === 0 ? "none" : limitText(names.join(", "), OWNERS_SHOWN);
  if (hasDeleted(run)) {
    run.note(
      `${nameMoved(object)}: its owners in the source are others than when the move was planned (now ${now}); its copy has those of them that move`,
    );
    return undefined;
  }
  const problem = toProblem(metadata.name, {
    code: "OwnersChanged",
    object,
    step: STEP,
    reason: `its owners in the source are others than when the move was planned (now ${now})`,
    wayOut: `end this move with: kubemend move --rollback ${metadata.name}, and begin another one; or give it the owners that it had`,
  });
  return { outcome: "problem", problem };
}

/** A status that moves, and that a controller of the target writes as well: what it has written is newer. */
function isOfController({ movesStatus, pause }: MovedObject, { path, isForeign }: Difference) {
  return movesStatus === true && pause === undefined && path[0] === "status" && isForeign === true;
}

function withoutCopy({ targetUid: _gone, ...planned }: MovedObject): MovedObject {
  return { ...planned, state: planned.pause === undefined ? "Planned" : "Paused" };
}
