import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../core/errors.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";

/** The namespaces that a pipeline names, in its rules, their reach, and its watches; sorted. */
export function listNamedNamespaces(pipeline: Pipeline): readonly string[] {
  const names = [
    ...pipeline.rules.flatMap(({ on, reach }) => [
      ...(on.namespaces ?? []),
      ...(Array.isArray(reach) ? (reach as readonly string[]) : []),
    ]),
    ...pipeline.watch.flatMap(({ namespaces }) => namespaces ?? []),
  ];
  return [...new Set(names)].toSorted();
}

/** Creates the namespaces that do not exist, and returns their names. */
export async function createNamespaces(
  client: KubernetesClient,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const created: string[] = [];
  for (const name of names) {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    try {
      await client.request({ method: "POST", path: "/api/v1/namespaces", body, signal });
      created.push(name);
    } catch (error) {
      if (!isKubemendError(error, "AlreadyExists")) throw error;
    }
  }
  return created;
}
