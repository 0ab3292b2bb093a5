import type { KubernetesObject } from "../../../events/change.ts";
import type { ObjectAddress } from "../../../core/operations/operation.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { toApiVersion } from "../../../core/references/api-version.ts";
import { toKubernetesObject } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";
import { isLost } from "../api/unchanged.ts";
import type { KubernetesClient, KubernetesRequest } from "../http/client.ts";
import { FIELD_MANAGER } from "../../../core/operations/managed-fields.ts";

/** The live state of a copy, under which it is written: in any other state the write does nothing. */
export type CopyState = { readonly uid: string; readonly resourceVersion: string };

export type CopyWrite =
  | { readonly outcome: "written"; readonly object: KubernetesObject }
  /** The object is no longer in the state that was read: it exists, is gone, or was changed. It must be read again. */
  | { readonly outcome: "lost" }
  /** Another field manager owns fields that would change. Only without `force`. */
  | { readonly outcome: "contested"; readonly message: string };

/** The address of a copy, and the signal that ends the request. */
export type CopyPlace = {
  readonly client: KubernetesClient;
  readonly target: ObjectAddress;
  /** Sends requests with `dryRun=All`: the API server answers as if they were real, and stores nothing. */
  readonly isDryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** An object as it is applied. */
export type AppliedObject = { readonly metadata: object; readonly [field: string]: unknown };

/** A request without a time limit of its own would hold up the others of its batch. */
const TIMEOUT_MS = 15_000;

/**
 * A server-side apply with this resourceVersion creates an object, and is a conflict if there is one, even with `force` and even if nothing
 * would change: no object has it, because etcd's first revision is older than the first object. "0" would be no precondition at all.
 */
const OF_NO_OBJECT = "1";

/** Creates a copy; `lost` if an object has its name, whoever made it. Nothing is ever merged into an object that was not read. */
export function createCopy(place: CopyPlace, manifest: AppliedObject): Promise<CopyWrite> {
  return apply(place, { manifest, state: { resourceVersion: OF_NO_OBJECT }, force: true });
}

/** Applies a copy to exactly the object that was read. One that is gone is not created again. */
export function updateCopy(
  place: CopyPlace,
  { manifest, live, force }: CopyUpdate,
): Promise<CopyWrite> {
  const { uid, resourceVersion } = live;
  return apply(place, { manifest, state: { uid, resourceVersion }, force });
}

export type CopyUpdate = {
  readonly manifest: AppliedObject;
  readonly live: CopyState;
  /** Takes fields over that another manager owns. */
  readonly force: boolean;
};

/** Applies the status alone, through its subresource, to exactly the object that was read. */
export function applyCopyStatus(
  place: CopyPlace,
  { status, live }: { readonly status: unknown; readonly live: CopyState },
): Promise<CopyWrite> {
  const { target } = place;
  const { name, namespace, kind } = target;
  const metadata = { name, ...(namespace === null ? {} : { namespace }) };
  const manifest = { apiVersion: toApiVersion(target), kind, metadata, status };
  const { uid, resourceVersion } = live;
  const state = { uid, resourceVersion };
  return apply(place, { manifest, state, force: true, subresource: "status" });
}

/** Deletes exactly the object that was read, and what it owns; false if it is another one by now, or has changed. */
export async function deleteCopy(place: CopyPlace, live: CopyState): Promise<boolean> {
  const { uid, resourceVersion } = live;
  const options = { preconditions: { uid, resourceVersion }, propagationPolicy: "Background" };
  try {
    await place.client.request({
      ...toRequest(place),
      method: "DELETE",
      path: toResourcePath(place.target),
      body: place.isDryRun === true ? { ...options, dryRun: ["All"] } : options,
    });
    return true;
  } catch (error) {
    if (isLost(error)) return false;
    throw error;
  }
}

type Apply = {
  readonly manifest: AppliedObject;
  readonly state: Partial<CopyState>;
  readonly force: boolean;
  readonly subresource?: "status";
};

async function apply(place: CopyPlace, write: Apply): Promise<CopyWrite> {
  const { target, isDryRun } = place;
  const { manifest, state, force, subresource } = write;
  const query = { fieldManager: FIELD_MANAGER, fieldValidation: "Strict", force };
  try {
    const answer = await place.client.request({
      ...toRequest(place),
      method: "PATCH",
      path: toResourcePath({ ...target, subresource }),
      query: isDryRun === true ? { ...query, dryRun: "All" } : query,
      contentType: "application/apply-patch+yaml",
      body: { ...manifest, metadata: { ...manifest.metadata, ...state } },
    });
    return { outcome: "written", object: toKubernetesObject(answer, target) };
  } catch (error) {
    if (!isLost(error)) throw error;
    // A creation says with it that there is no such namespace, or no such resource.
    if (isKubemendError(error, "NotFound") && state.uid === undefined) throw error;
    if (isContested(error.message)) return { outcome: "contested", message: error.message };
    return { outcome: "lost" };
  }
}

function toRequest({ signal }: CopyPlace): Pick<KubernetesRequest, "timeoutMs" | "signal"> {
  return { timeoutMs: TIMEOUT_MS, signal };
}

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts */
function isContested(message: string): boolean {
  return message.includes(': conflict with "');
}
