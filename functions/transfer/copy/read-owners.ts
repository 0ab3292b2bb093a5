import type { KubernetesObject } from "../../../events/change.ts";
import { getEvenDeep } from "../../../adapters/kubernetes/api/objects.ts";
import { chooseVersions } from "../../../core/mirror/choose-version.ts";
import { isOwnerMirrored } from "../../../core/mirror/keeping-rules.ts";
import type { Place } from "../../../core/mirror/manifest.ts";
import {
  findAwaitedOwners,
  toOwnerTwin,
  type AwaitedOwner,
  type OwnerTwin,
} from "../../../core/mirror/owners.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import { fromTarget } from "./target-failure.ts";
import type { MirrorWork } from "./transfer-context.ts";

export type FoundOwners = {
  /** By the uid of the source's owner. */
  readonly twins: ReadonlyMap<string, OwnerTwin>;
  /** Owners whose copies are to be in the target and are not there yet. */
  readonly awaited: readonly AwaitedOwner[];
};

/** Reads the copies of an object's owners in the target. An owner that no rule mirrors there is neither found nor awaited. */
export async function readOwnersOf(
  work: MirrorWork,
  { object, copy }: { readonly object: KubernetesObject; readonly copy: Place },
  catalogs: { readonly source: Catalog; readonly target: Catalog },
  signal: AbortSignal,
): Promise<FoundOwners> {
  const { target, rules, source } = work;
  const owners = findAwaitedOwners({
    object,
    copy,
    target: target.name,
    rules,
    catalog: catalogs.source,
  });
  const twins = new Map<string, OwnerTwin>();
  const awaited: AwaitedOwner[] = [];
  for (const owner of owners) {
    const name = toResourceName(owner.type);
    const versions = chooseVersions(name, catalogs.source, catalogs.target);
    // One whose resource the target does not serve will never be there.
    if (!versions.ok) continue;
    const address = { ...versions.value.write, ...owner.place };
    const found = await fromTarget(getEvenDeep(target.client, address, signal));
    const twin = toOwnerTwin(found?.object ?? null, owner, source.uid);
    if (twin !== undefined) twins.set(owner.owner.uid, twin);
    else if (await isMirrored(work, object, owner, signal)) awaited.push(owner);
  }
  return { twins, awaited };
}

/** Whether an owner that has no copy is to have one, as it is in the source now. */
async function isMirrored(
  { source }: MirrorWork,
  { metadata }: KubernetesObject,
  awaited: AwaitedOwner,
  signal: AbortSignal,
): Promise<boolean> {
  const { owner, type } = awaited;
  const namespace = type.namespaced ? (metadata.namespace ?? null) : null;
  const found = await getEvenDeep(source.client, { ...type, namespace, name: owner.name }, signal);
  const { name, uid } = source;
  return isOwnerMirrored(found?.object ?? null, awaited, { name, uid });
}
