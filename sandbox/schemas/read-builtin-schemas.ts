import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { readOpenApi } from "../../adapters/kubernetes/api/openapi.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { toApiVersion } from "../../core/references/api-version.ts";
import { createCatalog } from "../../core/references/create-catalog.ts";
import { builtinCatalog } from "../../core/references/builtin.ts";
import { findResource } from "../../core/references/find-resource.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import type { BuiltinSchemas } from "../../core/schemas/compact-type.ts";
import { createBuiltinSchemas } from "./create-builtin-schemas.ts";

/** The types of the built-in resources as an API server publishes them, in the versions that it prefers. Throws a KubemendError. */
export async function readBuiltinSchemas(
  client: KubernetesClient,
  version: string,
): Promise<BuiltinSchemas> {
  const served = await createDiscovery({ client, now: () => performance.now() }).catalog();
  const names = new Set(builtinCatalog().entries.map(toResourceName));
  const entries = [...names].flatMap((name) => findResource(served, name) ?? []);
  const documents = await readOpenApi(client, entries.map(toApiVersion));
  return createBuiltinSchemas(version, createCatalog(entries, "discovery"), documents);
}
