import type { ValueType } from "../cel/types/value-type.ts";
import { findCompactType, type BuiltinSchemas } from "./compact-type.ts";

/** The type of a resource's objects; undefined if it is unknown. */
export type FindType = (resource: string) => ValueType | undefined;

/**
 * The types of Kubernetes' own kinds, in the newest supported version, without a cluster. The data is loaded with the first call: only
 * what checks types pays for it.
 */
export async function loadBuiltinTypes(): Promise<FindType> {
  const { default: data } = (await import("./data/kubernetes-1.36.json", {
    with: { type: "json" },
  })) as { readonly default: BuiltinSchemas };
  return (resource) => findCompactType(data, resource);
}
