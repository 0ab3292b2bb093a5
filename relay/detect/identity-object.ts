import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { toApiVersion } from "../../core/references/api-version.ts";

/** The least that every message carries of its object: which one it is. */
export function toIdentityObject(
  resource: ResourceType,
  {
    name,
    uid,
    namespace,
  }: { readonly name: string; readonly uid: string; readonly namespace: string },
): KubernetesObject {
  const metadata = { name, uid, ...(namespace === "" ? {} : { namespace }) };
  return { apiVersion: toApiVersion(resource), kind: resource.kind, metadata };
}
