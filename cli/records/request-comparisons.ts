import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { createMirrorStore } from "../../adapters/kubernetes/mirror/mirror-store.ts";
import { isKubemendError } from "../../core/errors.ts";
import {
  COMPARE_REQUEST_ANNOTATION,
  MIRROR_RESOURCE,
  type Mirror,
} from "../../events/mirrors/mirror.ts";
import { RECORD_GROUP, RECORD_VERSION } from "../../events/remediation.ts";

type Place = { readonly client: KubernetesClient; readonly namespace: string };

/** The Mirrors of a namespace; none if the cluster does not know the resource, because nothing is mirrored there. */
export async function listMirrors(place: Place, signal: AbortSignal): Promise<readonly Mirror[]> {
  try {
    return await createMirrorStore(place).list(signal);
  } catch (error) {
    if (isKubemendError(error, "InvalidConfiguration")) return [];
    throw error;
  }
}

/** Requests the comparison of all objects of a mirror. One that was deleted since it was listed is not created. */
export async function requestComparison(
  { metadata }: Mirror,
  request: string,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid } = metadata;
  const address = { group: RECORD_GROUP, version: RECORD_VERSION, resource: MIRROR_RESOURCE };
  await client.request({
    method: "PATCH",
    path: toResourcePath({ ...address, namespace, name }),
    contentType: "application/merge-patch+json",
    body: { metadata: { uid, annotations: { [COMPARE_REQUEST_ANNOTATION]: request } } },
    signal,
  });
}
