import type { KubernetesObject } from "../../../events/change.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import { readList, readOwn } from "../../../core/json/read-json.ts";
import { MOST_AT_ONCE } from "../../../functions/transfer/move/run/most-at-once.ts";
import { GROUP, VERSION } from "../../support/move/cluster-api.ts";
import type { MoveWorld } from "../../support/move/move-world.ts";
import type { Cost } from "./counted-clients.ts";

/**
 * The least that a move of these objects could cost: each is created in the target and deleted in the source, with the concurrency of a move,
 * in no order, without a look at any answer. The finalizers of those that have some are taken off, or they would never be gone.
 */
export async function measureBareLoop(
  { source, target }: Pick<MoveWorld, "source" | "target">,
  objects: readonly KubernetesObject[],
): Promise<Cost> {
  const cost: Cost = { ms: 0, source: 0, target: 0 };
  const startMs = performance.now();
  await forEachConcurrently(objects, MOST_AT_ONCE, async (object) => {
    cost.target += 1;
    await create(target, object);
  });
  await forEachConcurrently(objects, MOST_AT_ONCE, async (object) => {
    const path = toObjectPath(object);
    cost.source += 1;
    await source.request({ method: "DELETE", path });
    if (readList(readOwn(object.metadata, "finalizers")).length === 0) return;
    cost.source += 1;
    const contentType = "application/merge-patch+json";
    const body = { metadata: { finalizers: [] } };
    await source.request({ method: "PATCH", path, contentType, body });
  });
  cost.ms = performance.now() - startMs;
  return cost;
}

async function create(client: KubernetesClient, object: KubernetesObject): Promise<void> {
  const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata;
  const { managedFields: _fields, ...rest } = metadata;
  const path = toObjectPath(object).split("/").slice(0, -1).join("/");
  await client.request({ method: "POST", path, body: { ...object, metadata: rest } });
}

function toObjectPath({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  const root = kind === "Secret" ? "/api/v1" : `/apis/${GROUP}/${VERSION}`;
  return `${root}/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
}
