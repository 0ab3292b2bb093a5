import { toGroup } from "./api-version.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";
import { isObject, readOwn } from "../json/read-json.ts";
import { isPathSegment, type WrittenReference } from "./read-reference.ts";

/** The namespace of the target; null = cluster-scoped. */
export type TargetNamespace =
  | { readonly outcome: "known"; readonly namespace: string | null }
  | { readonly outcome: "malformed" }
  | { readonly outcome: "contradiction" };

/** `metadata.ownerReferences[2]` and the like. */
export function isOwnerField(field: string): boolean {
  return /^metadata\.ownerReferences\[\d+\]$/.test(field);
}

/**
 * The namespace of a target: the written one, else that of the carrier. An owner is always in the namespace of its dependent,
 * whatever is written, and a cluster-scoped dependent cannot have a namespaced owner:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
 */
export function toTargetNamespace(
  target: CatalogEntry,
  written: WrittenReference,
  carrier: unknown,
  field: string,
  catalog: Catalog,
): TargetNamespace {
  if (!target.namespaced) return { outcome: "known", namespace: null };
  const isOwner = isOwnerField(field);
  if (!isOwner && written.namespace !== undefined) {
    return { outcome: "known", namespace: written.namespace };
  }
  const metadata = readOwn(carrier, "metadata");
  const given = readOwn(metadata, "namespace") ?? "";
  if (!isObject(metadata) || typeof given !== "string" || !isPathSegment(given)) {
    return { outcome: "malformed" };
  }
  const scope = toCarrierScope(carrier, catalog);
  if (scope !== "cluster" && given !== "") return { outcome: "known", namespace: given };
  if (isOwner && scope !== "namespaced") return { outcome: "contradiction" };
  return { outcome: "malformed" };
}

/** Whether the carrier is namespaced. If the catalog does not know its kind, only its metadata can tell. */
function toCarrierScope(carrier: unknown, catalog: Catalog): "cluster" | "namespaced" | "unknown" {
  const kind = readOwn(carrier, "kind");
  const group = toGroup(readOwn(carrier, "apiVersion"));
  if (typeof kind !== "string" || group === undefined) return "unknown";
  const entry = catalog.byKind.get(kind)?.find((entry) => entry.group === group);
  if (entry === undefined) return "unknown";
  return entry.namespaced ? "namespaced" : "cluster";
}
