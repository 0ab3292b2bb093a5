import type { ObjectAddress } from "../../../core/operations/operation.ts";

/** The address of a namespace. */
export function toNamespaceAddress(name: string): ObjectAddress {
  const kind = { group: "", version: "v1", resource: "namespaces", kind: "Namespace" };
  return { ...kind, namespace: null, name };
}
