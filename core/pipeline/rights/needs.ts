import type { Permission } from "../../actions/contract/action.ts";
import { toGroupResource } from "../../actions/contract/target.ts";
import type { Catalog } from "../../references/catalog.ts";
import { findResource } from "../../references/find-resource.ts";
import type { WatchSelection } from "../pipeline.ts";

/** A right at a place: null is the whole cluster. */
export type Need = { readonly namespace: string | null; readonly permission: Permission };

/** The uid of a cluster is that of its namespace kube-system. */
export const CLUSTER_UID: Permission = {
  apiGroups: [""],
  resources: ["namespaces"],
  resourceNames: ["kube-system"],
  verbs: ["get"],
};

/** The same rights at each of these places. */
export function toNeeds(
  namespaces: readonly (string | null)[],
): (...permissions: readonly Permission[]) => Need[] {
  return (...permissions) =>
    namespaces.flatMap((namespace) => permissions.map((permission) => ({ namespace, permission })));
}

/** The rights to read what a rule or a watch selects. */
export function toReadNeeds(
  selection: WatchSelection,
  catalog: Catalog,
  verbs: readonly string[],
): Need[] {
  const { group, resource } = toGroupResource(selection.resource);
  const permission = { apiGroups: [group], resources: [resource], verbs };
  return toNeeds(findPlaces(selection, catalog))(permission);
}

/** The places of the objects of a selection: its named namespaces, or the whole cluster. */
export function findPlaces(
  { resource, namespaces }: Pick<WatchSelection, "resource" | "namespaces">,
  catalog: Catalog,
): readonly (string | null)[] {
  const isClusterScoped = findResource(catalog, resource)?.namespaced === false;
  return isClusterScoped ? [null] : (namespaces ?? [null]);
}
