import type { KubernetesObject } from "../../../events/change.ts";
import { FIELD_MANAGER } from "../../../core/operations/managed-fields.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { isObject } from "../../../core/json/read-json.ts";
import { toKubernetesObject } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";
import { isLost } from "../api/unchanged.ts";
import type { CopyPlace, CopyState } from "../mirror/write-copy.ts";

const TIMEOUT_MS = 15_000;

/** Patches exactly the object that was read; undefined if it is gone or has changed. */
export async function patchExactly(
  { client, target, isDryRun, signal }: CopyPlace,
  { uid, resourceVersion }: CopyState,
  patch: object,
): Promise<KubernetesObject | undefined> {
  const metadata = "metadata" in patch && isObject(patch.metadata) ? patch.metadata : {};
  try {
    const answer = await client.request({
      method: "PATCH",
      path: toResourcePath(target),
      query: { fieldManager: FIELD_MANAGER, ...(isDryRun === true ? { dryRun: "All" } : {}) },
      contentType: "application/merge-patch+json",
      body: { ...patch, metadata: { ...metadata, uid, resourceVersion } },
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    return toKubernetesObject(answer, target);
  } catch (error) {
    if (isLost(error)) return undefined;
    throw error;
  }
}

/**
 * Deletes exactly the object that was read. `accepted`: it is gone, or is going once its finalizers are taken off. With `orphan` the
 * objects that it owns stay, without it as an owner.
 */
export async function deleteExactly(
  { client, target, isDryRun, signal }: CopyPlace,
  { uid, resourceVersion }: { readonly uid: string; readonly resourceVersion?: string | undefined },
  { orphan = false }: { readonly orphan?: boolean } = {},
): Promise<"accepted" | "gone" | "lost"> {
  const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  const options = { preconditions, propagationPolicy: orphan ? "Orphan" : "Background" };
  try {
    await client.request({
      method: "DELETE",
      path: toResourcePath(target),
      body: isDryRun === true ? { ...options, dryRun: ["All"] } : options,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    return "accepted";
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return "gone";
    if (isLost(error)) return "lost";
    throw error;
  }
}
