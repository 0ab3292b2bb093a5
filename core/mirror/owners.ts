import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { findNamespaceFault } from "../decide/selection.ts";
import { isObject, readField, readList, readOwn } from "../json/read-json.ts";
import type { MirrorRule } from "../pipeline/mirror-rule.ts";
import type { OwnerReference } from "../operations/operation.ts";
import { toGroup } from "../references/api-version.ts";
import type { Catalog, CatalogEntry } from "../references/catalog.ts";
import { findResource } from "../references/find-resource.ts";
import { toResourceName } from "../references/resource-name.ts";
import { toType } from "./choose-version.ts";
import { isSamePlace, type Place } from "./manifest.ts";
import { mapPlace } from "./map-place.ts";
import { readProvenance } from "./provenance.ts";

/** An owner that a source names. */
export type SourceOwner = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
};

/** The copy of an owner, in the target. */
export type OwnerTwin = {
  readonly apiVersion: string;
  readonly name: string;
  readonly uid: string;
};

/** An owner whose copy some rule keeps in the target: where it has to be. */
export type AwaitedOwner = {
  readonly owner: SourceOwner;
  /** As the source serves it; the target may serve another version. */
  readonly type: ResourceType;
  /** In the target. */
  readonly place: Place;
  /** Those that have owners of this kind and namespace at this place. Whether they cover this one is in the owner itself. */
  readonly rules: readonly MirrorRule["rule"][];
};

/** The namespace whose uid is that of its cluster. It cannot be deleted. */
const LASTING = { apiVersion: "v1", kind: "Namespace", name: "kube-system" } as const;

/**
 * The owner that a copy with owners has besides them. A garbage collector deletes an object only when all of its owners are gone. So it
 * deletes no copy because the copy of an owner is deleted: that of each object is deleted when the object itself is, and as its own rule says.
 * Objects that controllers of the target have made for the copy of an owner are collected with it.
 */
function toLastingOwner(targetUid: string): OwnerReference {
  return { ...LASTING, uid: targetUid };
}

function isLasting({ apiVersion, kind, name }: SourceOwner): boolean {
  return apiVersion === LASTING.apiVersion && kind === LASTING.kind && name === LASTING.name;
}

/**
 * The owners that an object names, without those that are incomplete; its controller first. The lasting owner of an object that was a copy
 * once is none.
 */
export function readOwners(object: unknown): readonly SourceOwner[] {
  const owners = readList(readField(object, "metadata", "ownerReferences")).flatMap((entry) => {
    if (!isObject(entry)) return [];
    const [apiVersion, kind, name, uid] = ["apiVersion", "kind", "name", "uid"].map((key) =>
      readOwn(entry, key),
    );
    if (!isText(apiVersion) || !isText(kind) || !isText(name) || !isText(uid)) return [];
    return [{ apiVersion, kind, name, uid, controller: readOwn(entry, "controller") === true }];
  });
  return owners
    .filter((owner) => !isLasting(owner))
    .toSorted((left, right) => Number(right.controller) - Number(left.controller));
}

/** Each of them costs a request to the target for every change of the object. Few objects have more than two. */
const OWNERS_MAX = 16;

/**
 * The owners of an object of which the target is to have a copy, as a rule with the same target covers them. Each of the others is left out
 * of the copy: no owner of that uid is ever in the target. So are those beyond the first `OWNERS_MAX`, and the object itself, which would
 * have to be there before it is created.
 */
export function findAwaitedOwners(input: {
  readonly object: KubernetesObject;
  /** Of the object's own copy. */
  readonly copy: Place;
  readonly target: string;
  readonly rules: readonly MirrorRule[];
  /** Of the source's cluster. */
  readonly catalog: Catalog;
}): readonly AwaitedOwner[] {
  const { object, copy, target, rules, catalog } = input;
  const towards = rules.filter(({ mirror }) => mirror.to.includes(target));
  const owners = readOwners(object).slice(0, OWNERS_MAX);
  return owners.flatMap((owner) => {
    if (owner.uid === object.metadata.uid) return [];
    const places = towards.flatMap((one) => toOwnerPlace(owner, one, { object, copy, catalog }));
    const [first] = places;
    if (first === undefined) return [];
    const same = places.filter(({ place }) => isSamePlace(place, first.place));
    const { type, place } = first;
    return [{ owner, type, place, rules: same.map(({ rule }) => rule) }];
  });
}

/** The place of the copy of an owner, if the rule may cover it. */
function toOwnerPlace(
  owner: SourceOwner,
  { rule, mirror }: MirrorRule,
  of: { readonly object: KubernetesObject; readonly copy: Place; readonly catalog: Catalog },
): readonly (Pick<AwaitedOwner, "type" | "place"> & { readonly rule: MirrorRule["rule"] })[] {
  const { object, copy, catalog } = of;
  const entry = findResource(catalog, rule.on.resource);
  if (entry === undefined || !isOfKind(entry, owner)) return [];
  const namespace = entry.namespaced ? (object.metadata.namespace ?? null) : null;
  if (findNamespaceFault(rule.on, namespace) !== undefined) return [];
  const place = mapPlace({ namespace, name: owner.name }, toResourceName(entry), mirror);
  // An owner is in the namespace of its object, or in none.
  if (place.namespace !== null && place.namespace !== copy.namespace) return [];
  return [{ rule, type: toType(entry), place }];
}

/** The copy of an owner, of what is at its place; undefined if that is not there yet, or is something else. */
export function toOwnerTwin(
  found: KubernetesObject | null,
  { owner }: Pick<AwaitedOwner, "owner">,
  clusterUid: string,
): OwnerTwin | undefined {
  const provenance = found === null ? undefined : readProvenance(found);
  const isTwin = provenance?.objectUid === owner.uid && provenance.clusterUid === clusterUid;
  if (found === null || !isTwin) return undefined;
  const { name, uid } = found.metadata;
  return { apiVersion: found.apiVersion, name, uid };
}

/**
 * The owners of a copy, and those that it does without. `blockOwnerDeletion` is left out: an API server may ask for a right on the owner's
 * finalizers for it, and nothing but the order of a deletion depends on it.
 */
export function rewriteOwners(
  object: unknown,
  twins: ReadonlyMap<string, OwnerTwin>,
  targetUid?: string,
): { readonly references: readonly OwnerReference[]; readonly dropped: readonly string[] } {
  const references: OwnerReference[] = [];
  const dropped: string[] = [];
  for (const owner of readOwners(object)) {
    const { kind, uid, controller } = owner;
    const twin = twins.get(uid);
    if (twin === undefined) dropped.push(formatOwner(owner));
    else {
      const isController = controller && !isCronJob(owner);
      references.push({ ...twin, kind, ...(isController ? { controller: true } : {}) });
    }
  }
  const lasting =
    references.length === 0 || targetUid === undefined ? [] : [toLastingOwner(targetUid)];
  return { references: [...references, ...lasting], dropped };
}

/** It deletes the Jobs that it controls by its history limits, so the copies of Jobs would be made again and run again. */
function isCronJob({ apiVersion, kind }: SourceOwner): boolean {
  return kind === "CronJob" && toGroup(apiVersion) === "batch";
}

/** As `kubemend.dev/dropped-owners` names it. */
export function formatOwner({ kind, name }: SourceOwner): string {
  return `${kind}/${name}`;
}

function isOfKind(entry: CatalogEntry, { apiVersion, kind }: SourceOwner): boolean {
  return entry.kind === kind && entry.group === toGroup(apiVersion);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
