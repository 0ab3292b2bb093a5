import type { KubernetesObject } from "../../../events/change.ts";
import type { ObjectAddress } from "../../../core/operations/operation.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { toKubernetesObject } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";
import { isLost } from "../api/unchanged.ts";
import type { KubernetesClient } from "../http/client.ts";
import { FIELD_MANAGER } from "../remediation/field-manager.ts";

/** An object as it is sent. */
export type Manifest = Readonly<Record<string, unknown>>;

/** The live state of a copy, under which it is written: in any other state the write does nothing. */
export type CopyState = { readonly uid: string; readonly resourceVersion: string };

export type CopyWrite =
  | { readonly outcome: "written"; readonly object: KubernetesObject }
  /** The object is no longer in the state that was read: it exists, is gone, or was changed. It must be read again. */
  | { readonly outcome: "lost" }
  /** Another field manager owns fields that would change. Only without `force`. */
  | { readonly outcome: "contested"; readonly message: string };

/** A request without a time limit of its own would hold up the others of its batch. */
const TIMEOUT_MS = 15_000;

/**
 * A server-side apply with this resourceVersion creates an object, and is a conflict if there is one, even with `force` and even if nothing
 * would change: no object has it, because etcd's first revision is older than the first object. "0" would be no precondition at all.
 */
const OF_NO_OBJECT = "1";

/** Creates a copy; `lost` if an object has its name, whoever made it. Nothing is ever merged into an object that was not read. */
export function createCopy(
  client: KubernetesClient,
  target: ObjectAddress,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): Promise<CopyWrite> {
  const body = withMetadata(manifest, { resourceVersion: OF_NO_OBJECT });
  return apply(client, target, { body, force: true }, signal);
}

/** Applies a copy to exactly the object that was read. One that is gone is not created again. */
export function updateCopy(
  client: KubernetesClient,
  target: ObjectAddress,
  { manifest, live, force }: CopyUpdate,
  signal: AbortSignal | undefined,
): Promise<CopyWrite> {
  const { uid, resourceVersion } = live;
  const body = withMetadata(manifest, { uid, resourceVersion });
  return apply(client, target, { body, force }, signal);
}

export type CopyUpdate = {
  readonly manifest: Manifest;
  readonly live: CopyState;
  /** Takes fields over that another manager owns. */
  readonly force: boolean;
};

/** Applies the status alone, through its subresource, to exactly the object that was read. */
export function applyCopyStatus(
  client: KubernetesClient,
  target: ObjectAddress,
  { status, live }: { readonly status: unknown; readonly live: CopyState },
  signal: AbortSignal | undefined,
): Promise<CopyWrite> {
  const { uid, resourceVersion } = live;
  const { name, namespace, group, version, kind } = target;
  const body = {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    metadata: { name, ...(namespace === null ? {} : { namespace }), uid, resourceVersion },
    status,
  };
  return apply(client, { ...target, subresource: "status" }, { body, force: true }, signal);
}

async function apply(
  client: KubernetesClient,
  target: ObjectAddress & { readonly subresource?: "status" },
  { body, force }: { readonly body: Manifest; readonly force: boolean },
  signal: AbortSignal | undefined,
): Promise<CopyWrite> {
  try {
    const answer = await client.request({
      method: "PATCH",
      path: toResourcePath(target),
      query: { fieldManager: FIELD_MANAGER, fieldValidation: "Strict", force },
      contentType: "application/apply-patch+yaml",
      timeoutMs: TIMEOUT_MS,
      body,
      signal,
    });
    return { outcome: "written", object: toKubernetesObject(answer, target) };
  } catch (error) {
    // A 404 of an update may also be a missing namespace; the next read tells.
    if (!isLost(error)) throw error;
    if (isKubemendError(error, "NotFound") && isCreation(body)) throw error;
    if (isContested(error.message)) return { outcome: "contested", message: error.message };
    return { outcome: "lost" };
  }
}

function isCreation(body: Manifest): boolean {
  return (body["metadata"] as Manifest)["resourceVersion"] === OF_NO_OBJECT;
}

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts */
function isContested(message: string): boolean {
  return message.includes(': conflict with "');
}

function withMetadata(manifest: Manifest, more: Readonly<Record<string, string>>): Manifest {
  return { ...manifest, metadata: { ...(manifest["metadata"] as Manifest), ...more } };
}
