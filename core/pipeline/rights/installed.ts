import { builtinCatalog } from "../../references/builtin.ts";
import type { Pipeline } from "../pipeline.ts";
import { planSourcePermissions } from "./cluster-rights.ts";
import type { Permissions } from "./permissions.ts";
import { DEFAULT_LEASE } from "./relay-lease.ts";

/**
 * The rights of an installation in a namespace, where both the records and the relay's Lease are; `cluster` is a cluster whose changes the
 * pipeline takes, by default its own.
 */
export function planInstalled(
  pipeline: Pipeline,
  namespace: string,
  cluster: string = pipeline.cluster.name,
): Permissions {
  return planSourcePermissions(pipeline, cluster, builtinCatalog(), {
    recordNamespace: namespace,
    lease: { ...DEFAULT_LEASE, namespace },
  });
}
