import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { getObject } from "../../../adapters/kubernetes/api/objects.ts";
import { deleteExactly } from "../../../adapters/kubernetes/move/move-writes.ts";
import { createCopy } from "../../../adapters/kubernetes/mirror/write-copy.ts";
import { describeError } from "../../../core/errors.ts";
import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import { readVersion } from "../../../core/mirror/manifest.ts";
import { nameMoved, toMovedAddress } from "../../../core/move/moved-object.ts";
import { isPaused } from "../../../core/move/pause-value.ts";
import type { MovePlan } from "../../../core/move/plan/to-plan.ts";
import { toMoved } from "../../../core/move/to-moved.ts";
import { MOST_AT_ONCE } from "./run/most-at-once.ts";
import { pauseExactly } from "../../../adapters/kubernetes/move/pause-exactly.ts";
import type { MoveSides } from "./run/move-sides.ts";

/** The answer of an API server to one write of a move that is not carried out. */
type DryStep = {
  readonly object: string;
  readonly step: string;
  readonly outcome: "accepted" | "refused" | "notCheckable";
  /** The reason of a refusal, or the step that would have to happen first. */
  readonly reason?: string | undefined;
};

/** The uid in the marks of copies that are not kept. */
const NO_MOVE = "dry-run";

/**
 * Sends the writes of a plan with dryRun=All to both sides, in the order of the move. A write that needs the effect of an earlier step
 * cannot be checked: nothing is there yet to be resumed, and no deletion was accepted.
 */
export async function dryRunMove(
  sides: MoveSides,
  plan: MovePlan,
  signal: AbortSignal,
): Promise<readonly DryStep[]> {
  const steps = new Map<string, readonly DryStep[]>();
  await forEachConcurrently(plan.objects, MOST_AT_ONCE, async (object) => {
    steps.set(object.uid, await tryObject(sides, plan, object, signal));
  });
  return plan.objects.flatMap(({ uid }) => steps.get(uid) ?? []);
}

async function tryObject(
  { source, target }: MoveSides,
  plan: MovePlan,
  object: MovedObject,
  signal: AbortSignal,
): Promise<readonly DryStep[]> {
  const name = nameMoved(object);
  const address = toMovedAddress(object);
  const toPlace = (client: MoveSides["source"]["client"]) => ({
    client,
    target: address,
    isDryRun: true,
    signal,
  });
  const live = await getObject(source.client, address, signal);
  if (live?.metadata.uid !== object.uid) {
    return [{ object: name, step: "read the source", outcome: "refused", reason: "it is gone" }];
  }
  const state = { uid: object.uid, resourceVersion: readVersion(live) };
  const { pause } = object;
  const attempt = async (step: string, work: () => Promise<boolean>): Promise<DryStep> => {
    try {
      if (await work()) return { object: name, step, outcome: "accepted" };
      return { object: name, step, outcome: "refused", reason: "it has changed since it was read" };
    } catch (error) {
      signal.throwIfAborted();
      return { object: name, step, outcome: "refused", reason: describeError(error) };
    }
  };
  const later = (step: string, reason: string): DryStep => ({
    object: name,
    step,
    outcome: "notCheckable",
    reason,
  });
  const isMissing = plan.namespaces.includes(object.namespace ?? "");
  const context = { object, moveUid: NO_MOVE, clusterUid: source.uid };
  return [
    ...(pause === undefined || isPaused(live, pause)
      ? []
      : [
          await attempt("pause in the source", () =>
            pauseExactly(toPlace(source.client), state, pause),
          ),
        ]),
    isMissing
      ? later("create in the target", `needs the Namespace ${object.namespace ?? ""}`)
      : await attempt("create in the target", async () => {
          const done = await createCopy(toPlace(target.client), toMoved(live, context));
          return done.outcome === "written";
        }),
    await attempt("delete in the source", async () => {
      const options = { orphan: object.leavesOwned === true };
      return (await deleteExactly(toPlace(source.client), state, options)) !== "lost";
    }),
    ...(object.finalizers === undefined
      ? []
      : [later("wait until it is gone", "needs its deletion to be accepted")]),
    ...(pause === undefined ? [] : [later("resume in the target", "needs its copy")]),
  ];
}
