import { builtinCatalog } from "../../references/builtin.ts";
import type { Pipeline } from "../pipeline.ts";
import { planPermissions, type Permissions } from "./permissions.ts";
import { DEFAULT_LEASE } from "./relay-lease.ts";

/** The rights of an installation in a namespace, where both the records and the relay's Lease are. */
export function planInstalled(pipeline: Pipeline, namespace: string): Permissions {
  return planPermissions(pipeline, builtinCatalog(), {
    recordNamespace: namespace,
    lease: { ...DEFAULT_LEASE, namespace },
  });
}
