import type { RemediationMode, RemediationRequest } from "../../../events/request.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { toRequest } from "./remediation-request.ts";
import type { JobObject, Json, RemediationWorld } from "./remediation-world.ts";

/** An object that is created in `namespace`, or in none if its kind has none. */
export async function createObject(
  world: RemediationWorld,
  resource: string,
  namespace: string,
  object: Json & { readonly metadata: Json & { readonly name: string } },
): Promise<JobObject> {
  const { entry, path } = toPath(resource, namespace);
  const body = { kind: entry.kind, ...object };
  return world.admin.request<JobObject>({ method: "POST", path, body });
}

/** A namespace in which Pods can be created: without controllers nobody else creates the account that they need. */
export async function createNamespace(world: RemediationWorld, name: string): Promise<void> {
  await createObject(world, "namespaces", "", { metadata: { name } });
  await createObject(world, "serviceaccounts", name, { metadata: { name: "default" } });
}

/** A request for an object that exists. */
export function toRequestFor(
  world: RemediationWorld,
  resource: string,
  object: JobObject,
  options: { readonly pipeline: Pipeline; readonly mode?: RemediationMode },
): RemediationRequest {
  const { entry } = toPath(resource, "default");
  const { group, version, kind, namespaced } = entry;
  const { name, uid, resourceVersion } = object.metadata;
  const namespace = (object.metadata as { readonly namespace?: string }).namespace ?? null;
  const { data, ...request } = toRequest(world, object, options);
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const references = findReferences({ ...object, apiVersion, kind }, builtinCatalog());
  const trigger = {
    group,
    version,
    resource: entry.resource,
    kind,
    namespaced,
    namespace,
    name,
    uid,
    resourceVersion,
  };
  return { ...request, data: { ...data, trigger, references } };
}

/** All objects of a resource in a namespace. */
export async function listAll<T = JobObject>(
  world: RemediationWorld,
  resource: string,
  namespace: string,
  labelSelector?: string,
): Promise<readonly T[]> {
  const { path } = toPath(resource, namespace);
  const query = { labelSelector };
  const { items } = await world.admin.request<{ items: readonly T[] }>({
    method: "GET",
    path,
    query,
  });
  return items;
}

function toPath(resource: string, namespace: string) {
  const entry = findResource(builtinCatalog(), resource);
  if (entry === undefined) throw new Error(resource);
  const place = entry.namespaced ? namespace : null;
  return { entry, path: toResourcePath({ ...entry, namespace: place, name: undefined }) };
}
