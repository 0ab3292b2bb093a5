import type { KubernetesObject } from "../../../../events/change.ts";
import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { getObject } from "../../../../adapters/kubernetes/api/objects.ts";
import { deleteExactly } from "../../../../adapters/kubernetes/move/move-writes.ts";
import { createCopy } from "../../../../adapters/kubernetes/mirror/write-copy.ts";
import { isKubemendError, type KubemendError } from "../../../../core/errors.ts";
import { nameMoved } from "../../../../core/move/moved-object.ts";
import { toRefusal } from "../../../../core/move/sentences.ts";
import { toMoved } from "../../../../core/move/to-moved.ts";
import { DONE, toLevelCollections, type MoveRun, type PhaseOutcome } from "./open-move.ts";
import { toOutcome, workOnEach } from "./work-on-each.ts";

/**
 * Tries with `dryRun=All` whether the target accepts the copies, before anything is paused: one of each resource and namespace, because each
 * one would cost as much as its creation. What the target refuses only as long as it lacks other objects of the move is left to the creation.
 */
export async function tryCreations(run: MoveRun, signal: AbortSignal): Promise<PhaseOutcome> {
  const { move, sides } = run;
  const samples = toSamples(run.objects());
  const troubles = await workOnEach(run, samples, signal, async (object) => {
    const { client, target } = run.toPlace("source", object, signal);
    const source = await getObject(client, target, signal);
    if (source?.metadata.uid !== object.uid) return DONE;
    const marks = { moveUid: move.metadata.uid, clusterUid: sides.source.uid };
    const place = { ...run.toPlace("target", object, signal), isDryRun: true };
    try {
      await createCopy(place, toMoved(source, { object, ...marks }));
    } catch (error) {
      if (isLackingNamespace(run, error) || isUnanswerable(error)) return DONE;
      if (dependsOnOthers(error) && namesOther(run, source, object)) return DONE;
      return toTried(run, object, { error, step: "create in the target" });
    }
    return DONE;
  });
  return toOutcome(troubles);
}

/**
 * Tries with `dryRun=All` whether the source accepts the deletions, before the point of no return: one of each resource and namespace. What it
 * may refuse only as long as other objects of the move are there is noted: these are deleted first.
 */
export async function tryDeletions(
  run: MoveRun,
  sources: ReadonlyMap<string, KubernetesObject>,
  signal: AbortSignal,
): Promise<PhaseOutcome> {
  const samples = toSamples(run.objects());
  const troubles = await workOnEach(run, samples, signal, async (object) => {
    const place = { ...run.toPlace("source", object, signal), isDryRun: true };
    try {
      await deleteExactly(place, object, { orphan: object.leavesOwned === true });
    } catch (error) {
      if (isUnanswerable(error)) return DONE;
      if (!dependsOnOthers(error) || !isNeeded(run, sources, object)) {
        return toTried(run, object, { error, step: "delete in the source" });
      }
      run.note(
        `${nameMoved(object)}: the source refuses its deletion as long as it has other objects of the move, which are deleted first: ${error.message}`,
      );
    }
    return DONE;
  });
  return toOutcome(troubles);
}

/** An object of each resource in each namespace. */
function toSamples(objects: readonly MovedObject[]): readonly MovedObject[] {
  return toLevelCollections(objects).flatMap(([first]) => first ?? []);
}

function toTried(
  { move }: MoveRun,
  object: MovedObject,
  { error, step }: { readonly error: unknown; readonly step: string },
): PhaseOutcome {
  const { name } = move.metadata;
  const { reason, wayOut, ...problem } = toRefusal(name, error, { object, step });
  return {
    outcome: "problem",
    problem: {
      ...problem,
      reason: `it was tried with dryRun=All, and nothing was changed: ${reason}`,
      wayOut: `${wayOut}; or end this move with: kubemend move --rollback ${name}`,
    },
  };
}

/** Admission plugins and validation may look for other objects; rights, quotas and definitions are as they are. */
function dependsOnOthers(error: unknown): error is KubemendError {
  return isKubemendError(error, "AdmissionDenied") || isKubemendError(error, "Invalid");
}

/** A webhook that does not say whether it has side effects is not called with `dryRun=All`, and the request is refused. */
function isUnanswerable(error: unknown): boolean {
  return isKubemendError(error) && error.message.includes("does not support dry run");
}

function isLackingNamespace({ move }: MoveRun, error: unknown): boolean {
  return move.spec.createNamespaces === true && isKubemendError(error, "NotFound");
}

/** Whether the name of another object of the move stands in this one, outside of its metadata. */
function namesOther(run: MoveRun, source: KubernetesObject, object: MovedObject): boolean {
  const text = toText(source);
  return run.objects().some(({ uid, name }) => uid !== object.uid && names(text, name));
}

/** Whether another object of the move is owned by this one, or names it. */
function isNeeded(
  run: MoveRun,
  sources: ReadonlyMap<string, KubernetesObject>,
  { uid, name }: MovedObject,
): boolean {
  if (run.objects().some(({ owners = [] }) => owners.includes(uid))) return true;
  return [...sources].some(([other, source]) => other !== uid && names(toText(source), name));
}

function toText({ metadata: _metadata, ...body }: KubernetesObject): string {
  return JSON.stringify(body);
}

function names(text: string, name: string): boolean {
  return text.includes(JSON.stringify(name));
}
