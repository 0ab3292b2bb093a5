import { readFile } from "node:fs/promises";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { readOpenApi } from "../../adapters/kubernetes/api/openapi.ts";
import { describeError, KubemendError } from "../../core/errors.ts";
import { toApiVersion } from "../../core/references/api-version.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { findResource } from "../../core/references/find-resource.ts";
import { findObjectType } from "../../core/cel/types/find-object-type.ts";
import { loadBuiltinTypes, type FindType } from "../../core/schemas/builtin-types.ts";
import { readAbsentNamespaces } from "../input/absent-namespaces.ts";
import { parseDocuments } from "../input/parse-documents.ts";
import type { NamedCluster } from "./cluster-notes.ts";

export type TypeSources = {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  /** Files: OpenAPI v3 documents, or CustomResourceDefinitions. */
  readonly openapi?: readonly string[] | undefined;
};

/** The resources whose types are needed, and the pipeline whose namespaces are looked up. */
export type Needed = {
  readonly pipeline?: Pipeline | undefined;
  readonly resources: readonly string[];
};

/** The known types of the resources' objects and, if a cluster was named, the resources that it serves. */
export type KnownTypes = {
  readonly findType: FindType;
  readonly cluster?: NamedCluster | undefined;
};

/**
 * Reads the schemas of the resources' objects: from files first, then from the cluster in its preferred versions if one was named, and
 * otherwise from the data that ships with Kubemend, which has the built-in resources. Throws a KubemendError if a file or the cluster cannot be read.
 */
export async function readTypes(
  needed: Needed,
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
  const { catalog, documents, absentNamespaces } = await readCluster(needed, sources, signal);
  const findType: FindType = (resource) => {
    const version = findResource(catalog, resource)?.version;
    return fromFiles(resource) ?? findObjectType(documents, { resource, version });
  };
  return { findType, cluster: { catalog, documents: [...files, ...documents], absentNamespaces } };
}

export function isNamed({ context, kubeconfig }: TypeSources): boolean {
  return context !== undefined || kubeconfig !== undefined;
}

async function readCluster(
  { pipeline, resources }: Needed,
  { context, kubeconfig }: TypeSources,
  signal: AbortSignal,
): Promise<NamedCluster> {
  await using stack = new AsyncDisposableStack();
  const client = await connectKubeConfig({ context, kubeconfig });
  stack.defer(() => client.close());
  const catalog = await createDiscovery({ client, now: () => performance.now() }).catalog(signal);
  const groupVersions = resources.flatMap((resource) => {
    const found = findResource(catalog, resource);
    return found === undefined ? [] : [toApiVersion(found)];
  });
  const documents = await readOpenApi(client, groupVersions, signal);
  const absentNamespaces =
    pipeline === undefined ? [] : await readAbsentNamespaces(client, pipeline, signal);
  return { catalog, documents, absentNamespaces };
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
