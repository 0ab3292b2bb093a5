import { findUnserved, type ClusterFacts } from "../../core/pipeline/check/cluster-faults.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import type { AbsentNamespace } from "../input/absent-namespaces.ts";

/** What a cluster serves, and which of the namespaces that the pipeline names it does not have. */
export type NamedCluster = ClusterFacts & { readonly absentNamespaces: readonly AbsentNamespace[] };

/** What in a cluster keeps a valid pipeline from doing what it says. It may be installed or created later. */
export function toClusterNotes(
  pipeline: Pipeline,
  { catalog, absentNamespaces }: Pick<NamedCluster, "catalog" | "absentNamespaces">,
): readonly { readonly rule?: string; readonly message: string }[] {
  return [
    ...findUnserved(pipeline, catalog),
    ...absentNamespaces.map(({ message, fix }) => ({ message: `${message}: ${fix}` })),
  ];
}
