import type { KubernetesObject } from "../../../../events/change.ts";
import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { readObjects } from "../../../../adapters/kubernetes/api/objects.ts";
import {
  listSetObjects,
  MOST_LISTS,
} from "../../../../adapters/kubernetes/move/list-set-objects.ts";
import { forEachConcurrently } from "../../../../core/for-each-concurrently.ts";
import type { SetObject } from "../../../../core/move/set-object.ts";
import { toLevelCollections, type MoveRun } from "./open-move.ts";

/** The whole objects at the places of these on one side, by the uids in the source. Read by pages of their collections. */
export async function readWhole(
  { sides }: MoveRun,
  side: "source" | "target",
  objects: readonly MovedObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KubernetesObject>> {
  const found = new Map<string, KubernetesObject>();
  await forEachConcurrently(toLevelCollections(objects), MOST_LISTS, async (collection) => {
    const uids = new Map(collection.map(({ name, uid }) => [name, uid]));
    const [first] = collection;
    if (first === undefined) return;
    const { client } = sides[side];
    for await (const live of readObjects(client, toCollection(first), signal)) {
      const uid = uids.get(live.metadata.name);
      if (uid !== undefined) found.set(uid, live);
    }
  });
  return found;
}

/** The same with the metadata alone. */
export async function readMetadata(
  { sides }: MoveRun,
  side: "source" | "target",
  objects: readonly MovedObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SetObject>> {
  const found = new Map<string, SetObject>();
  await forEachConcurrently(toLevelCollections(objects), MOST_LISTS, async (collection) => {
    const uids = new Map(collection.map(({ name, uid }) => [name, uid]));
    const [first] = collection;
    if (first === undefined) return;
    const { namespace, ...type } = toCollection(first);
    const list = { type: { ...type, namespaced: namespace !== null }, namespace };
    for (const live of await listSetObjects(sides[side].client, list, signal)) {
      const uid = uids.get(live.name);
      if (uid !== undefined) found.set(uid, live);
    }
  });
  return found;
}

function toCollection({ group, version, resource, kind, namespace }: MovedObject) {
  return { group, version, resource, kind, namespace: namespace ?? null };
}
