import { findUnserved, type ClusterFacts } from "../../core/pipeline/check/cluster-faults.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import type { AbsentNamespace } from "../input/absent-namespaces.ts";

/** The resources that a cluster serves, and the namespaces that the pipeline names and that it does not have. */
export type NamedCluster = ClusterFacts & { readonly absentNamespaces: readonly AbsentNamespace[] };

/** The reasons in a cluster why a valid pipeline does not do what it says. The resources and namespaces may be added later. */
export function toClusterNotes(
  pipeline: Pipeline,
  { catalog, absentNamespaces }: Pick<NamedCluster, "catalog" | "absentNamespaces">,
): readonly { readonly rule?: string; readonly message: string }[] {
  return [
    ...findUnserved(pipeline, catalog),
    ...absentNamespaces.map(({ message, fix }) => ({ message: `${message}: ${fix}` })),
  ];
}
