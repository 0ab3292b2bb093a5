import type { ResourceType } from "../../../events/change.ts";
import type { SetObject } from "../../../core/move/set-object.ts";
import { readListPages } from "../api/list-pages.ts";
import { toResourcePath } from "../api/path.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toSetObject } from "./to-set-object.ts";

/** Lists at the same time: enough to hide the time of an answer, and fewer than an API server gives one client. */
export const MOST_LISTS = 8;

/** The objects of a resource, of which only the metadata is read, page by page. */
export type SetCollection = {
  readonly type: ResourceType;
  /** null: of all namespaces, or cluster-scoped. */
  readonly namespace: string | null;
  readonly labelSelector?: string | undefined;
  readonly name?: string | undefined;
};

export async function listSetObjects(
  client: KubernetesClient,
  { type, namespace, labelSelector, name }: SetCollection,
  signal: AbortSignal,
): Promise<readonly SetObject[]> {
  const path = toResourcePath({ ...type, namespace, name: undefined });
  const fieldSelector = name === undefined ? undefined : `metadata.name=${name}`;
  const selection = { metadataOnly: true, labelSelector, fieldSelector };
  const objects: SetObject[] = [];
  for await (const { items } of readListPages(client, path, selection, signal)) {
    for (const item of items) {
      const object = toSetObject(item, type);
      if (object !== undefined) objects.push(object);
    }
  }
  return objects;
}
