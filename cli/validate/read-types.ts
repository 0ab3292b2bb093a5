import { readFile } from "node:fs/promises";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { readOpenApi } from "../../adapters/kubernetes/api/openapi.ts";
import { describeError, KubemendError } from "../../core/errors.ts";
import { toApiVersion } from "../../core/references/api-version.ts";
import type { ClusterFacts } from "../../core/pipeline/check/cluster-faults.ts";
import { findResource } from "../../core/references/find-resource.ts";
import { findObjectType } from "../../core/cel/types/find-object-type.ts";
import { loadBuiltinTypes, type FindType } from "../../core/schemas/builtin-types.ts";
import { parseDocuments } from "../input/parse-documents.ts";

export type TypeSources = {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  /** Files: OpenAPI v3 documents, or CustomResourceDefinitions. */
  readonly openapi?: readonly string[] | undefined;
};

/** The known types of the resources' objects and, if a cluster was named, the resources that it serves. */
export type KnownTypes = {
  readonly findType: FindType;
  readonly cluster?: ClusterFacts | undefined;
};

/**
 * Reads the schemas of the resources' objects: from files first, then from the cluster in its preferred versions if one was named, and
 * otherwise from the data that ships with Kubemend, which has the built-in resources. Throws a KubemendError if a file or the cluster cannot be read.
 */
export async function readTypes(
  resources: readonly string[],
  sources: TypeSources,
  signal: AbortSignal,
): Promise<KnownTypes> {
  const files: unknown[] = [];
  for (const file of sources.openapi ?? []) files.push(...(await readDocuments(file)));
  const fromFiles: FindType = (resource) => findObjectType(files, { resource });
  if (!isNamed(sources)) {
    const fromData = await loadBuiltinTypes();
    return { findType: (resource) => fromFiles(resource) ?? fromData(resource) };
  }
  const { catalog, documents } = await readCluster(resources, sources, signal);
  const findType: FindType = (resource) => {
    const version = findResource(catalog, resource)?.version;
    return fromFiles(resource) ?? findObjectType(documents, { resource, version });
  };
  return { findType, cluster: { catalog, documents: [...files, ...documents] } };
}

export function isNamed({ context, kubeconfig }: TypeSources): boolean {
  return context !== undefined || kubeconfig !== undefined;
}

async function readCluster(
  resources: readonly string[],
  { context, kubeconfig }: TypeSources,
  signal: AbortSignal,
): Promise<ClusterFacts> {
  await using stack = new AsyncDisposableStack();
  const client = await connectKubeConfig({ context, kubeconfig });
  stack.defer(() => client.close());
  const catalog = await createDiscovery({ client, now: () => performance.now() }).catalog(signal);
  const groupVersions = resources.flatMap((resource) => {
    const found = findResource(catalog, resource);
    return found === undefined ? [] : [toApiVersion(found)];
  });
  return { catalog, documents: await readOpenApi(client, groupVersions, signal) };
}

async function readDocuments(file: string): Promise<readonly unknown[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const message = `cannot read ${file}: ${describeError(error)}`;
    throw new KubemendError("InvalidConfiguration", message, { retryable: false, cause: error });
  }
  return parseDocuments(text, file);
}
