import type { KubernetesObject } from "../../../events/change.ts";
import { toNamespaceAddress } from "../../../adapters/kubernetes/api/namespace-address.ts";
import { getEvenDeep, getObject } from "../../../adapters/kubernetes/api/objects.ts";
import { readField, readTextMap } from "../../../core/json/read-json.ts";
import type { MirrorVersions } from "../../../core/mirror/choose-version.ts";
import type { SourceState } from "../../../core/mirror/decide-mirror.ts";
import { findUnmirrored, judgeSource } from "../../../core/mirror/judge-source.ts";
import { formatPlace, type Place } from "../../../core/mirror/manifest.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { readOwnersOf } from "./read-owners.ts";
import type { ObjectWork } from "./transfer-context.ts";

/** The source as the rule sees it; `waiting`: an owner is to be in the target first. */
export type ReadSource =
  | { readonly outcome: "read"; readonly state: SourceState }
  | { readonly outcome: "waiting"; readonly message: string };

export type SourceDeps = {
  readonly versions: MirrorVersions;
  readonly copy: Place;
  readonly catalogs: { readonly source: Catalog; readonly target: Catalog };
};

/** Reads the source live, and decides what its copy is to be. */
export async function readSource(
  work: ObjectWork,
  { versions, copy, catalogs }: SourceDeps,
  signal: AbortSignal,
): Promise<ReadSource> {
  const { source, rule, mirror, object } = work;
  const address = { ...versions.read, namespace: object.namespace, name: object.name };
  const read = await getEvenDeep(source.client, address, signal);
  if (read === null) return { outcome: "read", state: { outcome: "gone" } };
  const { object: live, truncated } = read;
  if (truncated !== undefined) {
    const message = `${live.kind} ${formatPlace(object)} is ${truncated}`;
    return { outcome: "read", state: { outcome: "refused", code: "ObjectTooDeep", message } };
  }
  const labels = await readNamespaceLabels(work, live, signal);
  const cluster = { name: source.name, uid: source.uid };
  const context = { rule, mirror, cluster, type: versions.write, owners: new Map<string, never>() };
  if (!hasOwners(live) || findUnmirrored(live, context, labels) !== undefined) {
    return { outcome: "read", state: judgeSource(live, context, labels) };
  }
  const owners = await readOwnersOf(work, { object: live, copy }, catalogs, signal);
  const [first] = owners.awaited;
  if (first !== undefined && work.now() < work.ownersUntilMs) {
    const { owner, place } = first;
    const message = `the copy of its owner, ${owner.kind} ${formatPlace(place)}, is not in the target yet`;
    return { outcome: "waiting", message };
  }
  return {
    outcome: "read",
    state: judgeSource(live, { ...context, owners: owners.twins }, labels),
  };
}

function hasOwners({ metadata }: KubernetesObject): boolean {
  return Array.isArray(metadata["ownerReferences"]) && metadata["ownerReferences"].length > 0;
}

/** Of the source's namespace, if the rule selects namespaces by their labels. One that is gone has none. */
async function readNamespaceLabels(
  { rule, source }: ObjectWork,
  { metadata }: KubernetesObject,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { namespace } = metadata;
  if (rule.on.namespaceSelector === undefined || namespace === undefined) return {};
  const found = await getObject(source.client, toNamespaceAddress(namespace), signal);
  return readTextMap(readField(found, "metadata", "labels"));
}
