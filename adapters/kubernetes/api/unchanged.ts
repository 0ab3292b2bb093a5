import { isKubemendError, type KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";

/**
 * Whether a write under a uid and a resourceVersion failed because somebody else has written or deleted the object. A PUT of an object that
 * is gone is a conflict if another one has its name, and not found otherwise.
 */
export function isLost(error: unknown): error is KubemendError {
  return (
    isKubemendError(error, "Conflict") ||
    isKubemendError(error, "PreconditionFailed") ||
    isKubemendError(error, "NotFound")
  );
}

/** Deletes the object in exactly this state; false if somebody else has written or deleted it. */
export async function deleteUnchanged(
  client: KubernetesClient,
  path: string,
  { uid, resourceVersion }: { readonly uid: string; readonly resourceVersion: string },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const body = { preconditions: { uid, resourceVersion } };
  try {
    await client.request({ method: "DELETE", path, body, signal });
    return true;
  } catch (error) {
    if (isLost(error)) return false;
    throw error;
  }
}
