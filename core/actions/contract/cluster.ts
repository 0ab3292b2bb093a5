import * as v from "valibot";
import { isObject, readField } from "../../json/read-json.ts";
import type { ObjectAddress } from "../../operations/operation.ts";
import type { Catalog, CatalogEntry } from "../../references/catalog.ts";
import { findResource } from "../../references/find-resource.ts";
import { toResourceName } from "../../references/resource-name.ts";
import { ok, refuse, type Result } from "../../result.ts";
import type { ActionState } from "./action.ts";

/** The name of another cluster of the pipeline, as a parameter. */
export const clusterName: v.GenericSchema<unknown, string | undefined> = v.optional(
  v.pipe(v.string(), v.nonEmpty("expected the name of a cluster")),
);

/** The paths in the parameters of an action at which it may name another cluster: the one that it acts in. */
const PLACES: readonly (readonly string[])[] = [
  ["target", "cluster"],
  ["targets", "cluster"],
  ["cronJob", "cluster"],
  ["cluster"],
];

/** The other cluster that an action acts in, and the place of its name among the parameters; undefined: the trigger's own. Total. */
export function findNamedCluster(
  parameters: unknown,
): { readonly name: string; readonly path: readonly string[] } | undefined {
  for (const path of PLACES) {
    const name = isObject(parameters) ? readField(parameters, ...path) : undefined;
    if (typeof name === "string") return { name, path };
  }
  return undefined;
}

/** The catalog of the cluster that the action acts in. */
export function toActingCatalog({ other, catalog }: ActionState<unknown>): Catalog {
  return other?.catalog ?? catalog;
}

/** The part of an address that names the cluster, if it is another one. */
export function toCluster(of: { readonly cluster?: string | undefined }): {
  readonly cluster?: string;
} {
  return of.cluster === undefined ? {} : { cluster: of.cluster };
}

/** Objects of a resource beside another object: in its namespace and its cluster. */
export function toAddressBeside(
  { group, version, resource, kind }: Pick<CatalogEntry, "group" | "version" | "resource" | "kind">,
  of: Pick<ObjectAddress, "namespace" | "cluster">,
): Omit<ObjectAddress, "name"> {
  return { group, version, resource, kind, namespace: of.namespace, ...toCluster(of) };
}

type Refusal = { readonly code: string; readonly message: string };

/** Why an action cannot do anything: the cluster that it acts in lacks the resource. */
export function toNotServed({ other }: ActionState<unknown>, resource: string): Refusal {
  const where = other === undefined ? "the cluster" : `the cluster ${other.name}`;
  return { code: "NotServed", message: `${where} does not serve ${resource}` };
}

/**
 * The object of the same name, namespace and resource in the cluster that the action acts in, in the version that is served there; of the
 * trigger's own cluster the object itself. The uid is not that of the source, so there is none. Refused with NotServed and NamespaceMissing.
 */
export function toTwin<A extends ObjectAddress & { readonly uid?: string | undefined }>(
  state: ActionState<unknown>,
  address: A,
): Result<A | ObjectAddress, Refusal> {
  const { other } = state;
  if (other === undefined) return ok(address);
  const name = toResourceName(address);
  const entry = findResource(other.catalog, name);
  if (entry === undefined) return refuse(toNotServed(state, name));
  const { group, version, resource, kind, namespaced } = entry;
  if (namespaced && address.namespace === null) {
    const message = `${kind} ${address.name} is in a namespace in the cluster ${other.name}, and in none here: name it in the rule`;
    return refuse({ code: "NamespaceMissing", message });
  }
  const namespace = namespaced ? address.namespace : null;
  const cluster = other.name;
  return ok({ group, version, resource, kind, namespace, name: address.name, cluster });
}
