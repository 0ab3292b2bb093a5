import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { patchExactly } from "../../../../adapters/kubernetes/move/move-writes.ts";
import type { CopyPlace } from "../../../../adapters/kubernetes/mirror/write-copy.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { toRefusal } from "../../../../core/move/sentences.ts";
import type { SetObject } from "../../../../core/move/set-object.ts";
import { DONE, type MoveRun } from "../run/open-move.ts";
import { readMetadata } from "../run/read-objects.ts";
import { workOnEach, type Trouble } from "../run/work-on-each.ts";

const STEP = "take a finalizer off in the source";

/** Takes the finalizers that the move says off sources that are being deleted and that the target holds. */
export async function removeFinalizers(
  run: MoveRun,
  objects: readonly MovedObject[],
  live: ReadonlyMap<string, SetObject>,
  signal: AbortSignal,
): Promise<readonly Trouble[]> {
  const releasable = objects.filter(({ uid }) => live.get(uid)?.finalizers.some(run.takesOff));
  if (releasable.length === 0) return [];
  const copies = await readMetadata(run, "target", releasable, signal);
  return workOnEach(run, releasable, signal, async (object) => {
    const [copy, source] = [copies.get(object.uid), live.get(object.uid)];
    if (copy?.uid !== object.targetUid || copy?.isTerminating !== false || source === undefined)
      return DONE;
    try {
      await takeOff(run, object, { source, place: run.toPlace("source", object, signal) });
      return DONE;
    } catch (error) {
      const problem = toRefusal(run.move.metadata.name, error, { object, step: STEP });
      return { outcome: "problem", problem };
    }
  });
}

/** Never before the deletion was accepted; and it only removes entries: none can be added to an object that is being deleted. */
async function takeOff(
  run: MoveRun,
  object: MovedObject,
  { source, place }: { readonly source: SetObject; readonly place: CopyPlace },
): Promise<void> {
  const { uid, resourceVersion, finalizers, isTerminating } = source;
  if (uid !== object.uid || !isTerminating) return;
  const kept = finalizers.filter((finalizer) => !run.takesOff(finalizer));
  const added = finalizers.filter(
    (finalizer) => !kept.includes(finalizer) && object.finalizers?.includes(finalizer) !== true,
  );
  if (added.length > 0) {
    run.note(
      `${nameMoved(object)}: a controller has added the finalizer ${added.join(", ")} since the move was planned; it was taken off`,
    );
  }
  await patchExactly(place, { uid, resourceVersion }, { metadata: { finalizers: kept } });
}
