import * as v from "valibot";
import { describeIssues } from "../../../events/contract.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";

const rootSchema = v.object({
  paths: v.record(v.string(), v.object({ serverRelativeURL: v.string() })),
});

/**
 * Reads the OpenAPI v3 documents of those group versions (`v1`, `batch/v1`) that the cluster has; every authenticated identity is
 * allowed to (`system:discovery`). Throws a KubemendError.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 */
export async function readOpenApi(
  client: KubernetesClient,
  groupVersions: readonly string[],
  signal?: AbortSignal,
): Promise<readonly unknown[]> {
  if (groupVersions.length === 0) return [];
  const answer = await client.request({ method: "GET", path: "/openapi/v3", signal });
  const root = v.safeParse(rootSchema, answer);
  if (!root.success) {
    const message = `/openapi/v3: the answer cannot be read: ${describeIssues(root.issues)}`;
    throw new KubemendError("Invalid", message, { retryable: false });
  }
  const documents: unknown[] = [];
  for (const groupVersion of new Set(groupVersions)) {
    const key = groupVersion.includes("/") ? `apis/${groupVersion}` : `api/${groupVersion}`;
    const place = Object.hasOwn(root.output.paths, key) ? root.output.paths[key] : undefined;
    if (place === undefined) continue;
    const url = new URL(place.serverRelativeURL, "https://cluster");
    const query = Object.fromEntries(url.searchParams);
    documents.push(await client.request({ method: "GET", path: url.pathname, query, signal }));
  }
  return documents;
}
