import type { KubernetesObject } from "../../events/change.ts";
import type { MovedObject } from "../../events/moves/move-steps.ts";
import { isObject, readField, readList, readOwn, readTextMap } from "../json/read-json.ts";
import type { Manifest } from "../mirror/manifest.ts";
import { prune } from "../mirror/prune.ts";
import { toApiVersion } from "../references/api-version.ts";
import { toResourceName } from "../references/resource-name.ts";
import { OF_DELETION } from "./finalizers.ts";
import {
  MOVED_BY_ANNOTATION,
  MOVED_FROM_ANNOTATION,
  MOVED_MARK_ANNOTATION,
  MOVED_UID_ANNOTATION,
} from "./marks.ts";
import { readGivenMarks } from "./given-marks.ts";

/** The annotation that `kubectl apply` compares with at its next run: the object stays under its control. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The object as it is to be in the target: with its finalizers, with the uids that its owners have there, and paused as the source is. Fields
 * that the source's API server has made are left out, as they are of the copies of mirrors; so is a status that only its controller writes.
 */
export function toMoved(
  source: KubernetesObject,
  {
    object,
    moveUid,
    clusterUid,
    targetUids,
    findOwner,
    copy,
  }: {
    readonly object: MovedObject;
    readonly moveUid: string;
    /** Of the source. */
    readonly clusterUid: string;
    /** By the uid in the source. An owner that is in neither cluster has none, and the copy is without it. Absent: nothing was created yet. */
    readonly targetUids?: ReadonlyMap<string, string> | undefined;
    /** The objects of the move, by their uids in the source. Absent: owners are named as in the source. */
    readonly findOwner?: ((uid: string) => MovedObject | undefined) | undefined;
    /** Absent: it is not there yet. */
    readonly copy?: KubernetesObject | undefined;
  },
): Manifest {
  const pruned = prune(source, toResourceName(object));
  const { metadata: _metadata, ...body } = isObject(pruned) ? pruned : {};
  const applied = readTextMap(readField(source, "metadata", "annotations"))[LAST_APPLIED];
  const labels = {
    ...readTextMap(readOwn(readOwn(pruned, "metadata"), "labels")),
    ...readGivenMarks(source, "labels"),
  };
  const status = object.movesStatus === true ? readOwn(source, "status") : undefined;
  const finalizers = toFinalizers(source, object, copy);
  const ownerReferences = toOwners(source, object, { targetUids, findOwner });
  return {
    ...body,
    ...(status === undefined ? {} : { status }),
    apiVersion: toApiVersion(object),
    kind: object.kind,
    metadata: {
      name: object.name,
      ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      annotations: {
        ...readTextMap(readOwn(readOwn(pruned, "metadata"), "annotations")),
        ...readGivenMarks(source, "annotations"),
        ...(applied === undefined ? {} : { [LAST_APPLIED]: applied }),
        [MOVED_BY_ANNOTATION]: moveUid,
        [MOVED_FROM_ANNOTATION]: clusterUid,
        [MOVED_UID_ANNOTATION]: object.uid,
        ...(object.mark === undefined ? {} : { [MOVED_MARK_ANNOTATION]: object.mark }),
      },
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ...(ownerReferences.length === 0 ? {} : { ownerReferences }),
    },
  };
}

/**
 * A source that is being deleted has fewer than it had by and by: its copy keeps those that it was compared with, and one that is created
 * once more has those of the plan.
 */
function toFinalizers(
  source: KubernetesObject,
  { finalizers: planned = [] }: MovedObject,
  copy: KubernetesObject | undefined,
) {
  const live = toFinalizersOf(source);
  const isGoing = source.metadata["deletionTimestamp"] !== undefined;
  const before = copy === undefined ? planned : toFinalizersOf(copy);
  const all = isGoing ? [...before, ...live] : live;
  // The API server stores one that is there twice, and server-side apply refuses it.
  return [...new Set(all)].filter((finalizer) => !OF_DELETION.has(finalizer));
}

function toFinalizersOf(object: KubernetesObject): readonly unknown[] {
  return readList(readField(object, "metadata", "finalizers"));
}

/**
 * The owners in the target, each once: an API server stores two references to one, in different versions for example, and server-side apply
 * refuses them. The version of a reference is the one that the owner has moved in, because the garbage collector of the target heeds no
 * reference of a version that is not served there.
 */
function toOwners(
  source: KubernetesObject,
  { owners = [] }: MovedObject,
  {
    targetUids,
    findOwner,
  }: {
    readonly targetUids: ReadonlyMap<string, string> | undefined;
    readonly findOwner: ((uid: string) => MovedObject | undefined) | undefined;
  },
) {
  const found = readList(readField(source, "metadata", "ownerReferences")).flatMap((reference) => {
    const uid = readOwn(reference, "uid");
    if (!isObject(reference) || typeof uid !== "string") return [];
    // Before anything was created the owners are those of the plan; afterwards another object of the move may own it, too.
    const planned = owners.includes(uid) ? uid : undefined;
    const targetUid = targetUids === undefined ? planned : targetUids.get(uid);
    // With the uid that it had in the source, the garbage collector of the target would delete the copy.
    if (targetUid === undefined) return [];
    const { apiVersion, kind, name, controller, blockOwnerDeletion } = reference;
    const owner = findOwner?.(uid);
    return [
      {
        apiVersion: owner === undefined ? String(apiVersion) : toApiVersion(owner),
        kind: owner?.kind ?? String(kind),
        name: owner?.name ?? String(name),
        uid: targetUid,
        ...(typeof controller === "boolean" ? { controller } : {}),
        ...(typeof blockOwnerDeletion === "boolean" ? { blockOwnerDeletion } : {}),
      },
    ];
  });
  const merged = new Map<string, (typeof found)[number]>();
  for (const one of found) {
    const { controller, blockOwnerDeletion } = one;
    merged.set(one.uid, {
      ...one,
      ...merged.get(one.uid),
      ...(controller === true ? { controller } : {}),
      ...(blockOwnerDeletion === true ? { blockOwnerDeletion } : {}),
    });
  }
  return [...merged.values()];
}

/**
 * Whether an object in the target was put there by this Move, for this object. The uids are on copies that are there already, so everybody
 * who reads these could write them on an object of the next name: the mark is known from the MoveSteps alone.
 */
export function isMovedHere(
  live: { readonly metadata: object },
  {
    moveUid,
    object: { uid, mark },
  }: { readonly moveUid: string; readonly object: Pick<MovedObject, "uid" | "mark"> },
): boolean {
  const annotations = readTextMap(readField(live, "metadata", "annotations"));
  return (
    annotations[MOVED_BY_ANNOTATION] === moveUid &&
    annotations[MOVED_UID_ANNOTATION] === uid &&
    // A Move that was planned before there were marks has none.
    (mark === undefined || annotations[MOVED_MARK_ANNOTATION] === mark)
  );
}
