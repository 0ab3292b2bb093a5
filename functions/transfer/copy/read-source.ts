import type { KubernetesObject } from "../../../events/change.ts";
import { toNamespaceAddress } from "../../../adapters/kubernetes/api/namespace-address.ts";
import { getObject, getOrGone } from "../../../adapters/kubernetes/api/objects.ts";
import { isKubemendError, type KubemendError } from "../../../core/errors.ts";
import { hasOptedOut, REMEDIATE_KEY } from "../../../core/decide/left-alone.ts";
import { readField, readTextMap } from "../../../core/json/read-json.ts";
import type { MirrorVersions } from "../../../core/mirror/choose-version.ts";
import type { SourceState } from "../../../core/mirror/mirror-decision.ts";
import { findUnmirrored, judgeSource } from "../../../core/mirror/judge-source.ts";
import { formatPlace, type Place } from "../../../core/mirror/manifest.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { readNamespaceOf } from "./namespaces.ts";
import { formatOwner } from "../../../core/mirror/owners.ts";
import { readDroppedOwners } from "../../../core/mirror/provenance.ts";
import { readOwnersOf } from "./read-owners.ts";
import { toContext, type ObjectWork, type SourceCluster } from "./transfer-context.ts";

/** The source as the rule sees it; `waiting`: an owner is to be in the target first, or nobody knows whether there is a source. */
export type ReadSource =
  | {
      readonly outcome: "read";
      readonly state: SourceState;
      /** The source itself; null if there is none. */
      readonly live: KubernetesObject | null;
    }
  | { readonly outcome: "waiting"; readonly code: string; readonly message: string };

export type SourceDeps = {
  readonly versions: MirrorVersions;
  readonly copy: Place;
  readonly catalogs: { readonly source: Catalog; readonly target: Catalog };
};

/**
 * Reads the source live, and decides what its copy is to be. `target` is the copy as it was read; null if there is none, or if that was not
 * asked. One that says that it does without an owner has waited for it, and waits no more.
 */
export async function readSource(
  work: ObjectWork,
  { versions, copy, catalogs }: SourceDeps,
  target: KubernetesObject | null,
  signal: AbortSignal,
): Promise<ReadSource> {
  const { source, object } = work;
  const address = { ...versions.read, namespace: object.namespace, name: object.name };
  const read = await orUnserved(source, getOrGone(source.client, address, signal), signal);
  if (isKubemendError(read))
    return { outcome: "waiting", code: "NotServed", message: read.message };
  if (read === null) return { outcome: "read", state: { outcome: "gone" }, live: null };
  const { object: live, truncated } = read;
  const toRead = (state: SourceState): ReadSource => ({ outcome: "read", state, live });
  if (truncated !== undefined) {
    const message = `${live.kind} ${formatPlace(object)} is ${truncated}`;
    return toRead({ outcome: "refused", code: "ObjectTooDeep", message });
  }
  const namespace = await readNamespace(work, live, signal);
  const labels = readTextMap(readField(namespace, "metadata", "labels"));
  const context = toContext(work, versions.write);
  const unmirrored = findUnmirrored(live, context, labels);
  if (unmirrored?.outcome !== "refused" && hasOptedOut(namespace)) {
    const reason = `its namespace has ${REMEDIATE_KEY}: "false"`;
    return toRead({ outcome: "untouched", reason, isOptedOut: true });
  }
  if (unmirrored !== undefined) return toRead(unmirrored);
  if (!hasOwners(live)) return toRead(judgeSource(live, context, labels));
  const owners = await readOwnersOf(work, { object: live, copy }, catalogs, signal);
  const dropped = readDroppedOwners(target);
  const first = owners.awaited.find(({ owner }) => !dropped.has(formatOwner(owner)));
  if (first !== undefined && work.now() < work.ownersUntilMs) {
    const { owner, place } = first;
    const message = `the copy of its owner, ${owner.kind} ${formatPlace(place)}, is not in the target yet`;
    return { outcome: "waiting", code: "OwnerMissing", message };
  }
  return toRead(judgeSource(live, { ...context, owners: owners.twins }, labels));
}

/** An object of which the server says neither that it is there nor that it is gone: what it serves may have changed, and is asked. */
async function orUnserved<T>(
  { discovery }: SourceCluster,
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T | KubemendError> {
  try {
    return await work;
  } catch (error) {
    if (!isKubemendError(error, "NotFound")) throw error;
    await discovery.refresh(signal);
    return error;
  }
}

function hasOwners({ metadata }: KubernetesObject): boolean {
  return Array.isArray(metadata["ownerReferences"]) && metadata["ownerReferences"].length > 0;
}

/** The source's namespace; null if it is gone, or if the source is in none. */
async function readNamespace(
  { rule, source }: ObjectWork,
  { metadata: { namespace } }: KubernetesObject,
  signal: AbortSignal,
): Promise<KubernetesObject | null> {
  if (namespace === undefined) return null;
  // The message may be about a label of the namespace that has just changed.
  return rule.on.namespaceSelector === undefined
    ? readNamespaceOf(source.client, namespace, signal)
    : getObject(source.client, toNamespaceAddress(namespace), signal);
}
