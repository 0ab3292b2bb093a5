import { parseAllDocuments } from "yaml";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { readField } from "../../../core/json/read-json.ts";
import type { Catalog } from "../../../core/references/catalog.ts";

/** An object of a story, as it is in the cluster. */
export type StoryObject = { readonly type: ResourceType; readonly object: KubernetesObject };

type Owner = { readonly kind: string; readonly name: string; readonly uid: string };

/**
 * Creates the objects of a story, with their status, in the order in which they need each other: those that own others first. The trigger
 * is the first one in the file, and the first one that is returned.
 */
export async function createStory(
  admin: KubernetesClient,
  text: string,
  catalog: Catalog,
): Promise<readonly StoryObject[]> {
  const documents = parseAllDocuments(text);
  const objects =
    "empty" in documents ? [] : documents.map((one) => one.toJS() as KubernetesObject);
  const made: StoryObject[] = [];
  let left = objects.toReversed();
  while (left.length > 0) {
    // The trigger may own others, too, although it stands first.
    const next = left.find((object) => !left.some((other) => isOwner(other, object))) ?? left[0];
    if (next === undefined) break;
    left = left.filter((object) => object !== next);
    made.push(await createObject(admin, withOwners(next, made), catalog));
  }
  const toIndex = ({ object: { kind, metadata } }: StoryObject): number =>
    objects.findIndex((one) => one.kind === kind && one.metadata.name === metadata.name);
  return made.toSorted((one, other) => toIndex(one) - toIndex(other));
}

function isOwner(object: KubernetesObject, owned: KubernetesObject): boolean {
  const owners = (owned.metadata["ownerReferences"] ?? []) as readonly Owner[];
  return owners.some(({ kind, name }) => kind === object.kind && name === object.metadata.name);
}

/** The uids of owners that the story has too. */
function withOwners(object: KubernetesObject, made: readonly StoryObject[]): KubernetesObject {
  const owners = object.metadata["ownerReferences"] as readonly Owner[] | undefined;
  if (owners === undefined) return object;
  const ownerReferences = owners.map((owner) => {
    const found = made.find(
      ({ object: one }) => one.kind === owner.kind && one.metadata.name === owner.name,
    );
    return found === undefined ? owner : { ...owner, uid: found.object.metadata.uid };
  });
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}

async function createObject(
  admin: KubernetesClient,
  object: KubernetesObject,
  catalog: Catalog,
): Promise<StoryObject> {
  const type = findType(object, catalog);
  const namespace = object.metadata.namespace ?? null;
  const { name } = object.metadata;
  const { status, metadata, ...fields } = object;
  const { creationTimestamp: _created, deletionTimestamp, ...named } = metadata;
  const collection = toResourcePath({ ...type, namespace });
  const path = toResourcePath({ ...type, namespace, name });
  await admin.request({ method: "POST", path: collection, body: { ...fields, metadata: named } });
  if (status !== undefined) {
    const live = await admin.request<KubernetesObject>({ method: "GET", path });
    const body = { ...live, status: { ...(live["status"] as object), ...(status as object) } };
    await admin.request({ method: "PUT", path: `${path}/status`, body });
  }
  if (deletionTimestamp !== undefined) await admin.request({ method: "DELETE", path });
  return { type, object: await readObject(admin, path, type, object) };
}

/** As a watch shows it, with the kind that a single GET has too. */
async function readObject(
  admin: KubernetesClient,
  path: string,
  { group, version, kind }: ResourceType,
  fallback: KubernetesObject,
): Promise<KubernetesObject> {
  const live = await admin.request<KubernetesObject>({ method: "GET", path });
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return { ...fallback, ...live, apiVersion, kind };
}

function findType({ apiVersion, kind }: KubernetesObject, catalog: Catalog): ResourceType {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const found = catalog.entries.find(
    (entry) => entry.group === group && entry.version === version && entry.kind === kind,
  );
  if (found === undefined) throw new Error(`${apiVersion} ${kind} is not served`);
  const { resource, namespaced } = found;
  return { group, version, resource, kind, namespaced };
}

/** Reads an object, or the objects of a collection; null if there is none. */
export async function readOrNull(admin: KubernetesClient, path: string): Promise<unknown> {
  try {
    return await admin.request({ method: "GET", path });
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return null;
    throw error;
  }
}

/** Replaces the status of an object by what a controller or a kubelet would write. */
export async function setStatus(
  admin: KubernetesClient,
  path: string,
  toStatus: (object: KubernetesObject) => object,
): Promise<void> {
  const live = await admin.request<KubernetesObject>({ method: "GET", path });
  await admin.request({
    method: "PUT",
    path: `${path}/status`,
    body: { ...live, status: toStatus(live) },
  });
}

/** The status of a Deployment whose rollout is complete. */
export function toRolledOut(object: KubernetesObject): object {
  const replicas = readField(object, "spec", "replicas");
  const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas };
  const observedGeneration = object.metadata["generation"];
  return { ...counts, availableReplicas: replicas, observedGeneration };
}
