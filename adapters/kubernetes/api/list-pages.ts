import * as v from "valibot";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import { isObject } from "../../../core/json/read-json.ts";
import type { KubernetesClient, KubernetesRequest } from "../http/client.ts";

export type ListSelection = {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** The token of the page before; absent = from the beginning. */
  readonly continue?: string | undefined;
  /** Items per page; fewer come if they are large. */
  readonly limit?: number | undefined;
  /** Of each item only the metadata. */
  readonly metadataOnly?: boolean | undefined;
};

export type ListPage = {
  /** As sent; one that is nested too deep is a `TooDeep`. */
  readonly items: readonly unknown[];
  /** How many items follow, if the API server says so: without a selector it does. */
  readonly remaining?: number | undefined;
  /** The token of the next page; absent after the last one. */
  readonly next?: string | undefined;
};

/** Items per page, if they are of the usual size: most lists are one request then. */
const PAGE_SIZE = 500;
/** A page of large items is asked for in parts: the memory of a function, 256 MB, holds this as text and parsed. */
export const PAGE_MAX_BYTES: number = 16 * 1024 * 1024;
/** Since a page was too large, a larger one is tried only after so many pages, as each try that fails costs the time of a page. */
const PATIENCE_MAX = 16;
/** Reads no more than the identities: https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

const listSchema = v.looseObject({
  metadata: v.optional(
    v.looseObject({
      continue: v.optional(v.string()),
      remainingItemCount: v.optional(v.number()),
    }),
  ),
  // Go encodes an empty list as null.
  items: v.nullish(v.array(v.unknown()), []),
});

/**
 * A collection page by page, as of one point in time, in the order of the names. At most one page is in memory, of 16 MiB at most: large
 * items come in smaller pages, and of an item that is larger only the metadata. Throws a KubemendError if the API server refuses a page.
 */
export async function* readListPages(
  client: KubernetesClient,
  path: string,
  selection: ListSelection,
  signal?: AbortSignal,
): AsyncGenerator<ListPage> {
  const { limit: mostPerPage = PAGE_SIZE, metadataOnly = false, ...selectors } = selection;
  const accept = metadataOnly ? METADATA_ONLY : undefined;
  const request = { method: "GET", path, accept, maxBytes: PAGE_MAX_BYTES, signal } as const;
  let { continue: token } = selection;
  let limit = mostPerPage;
  let patience = 1;
  let pagesToKeep = 0;
  for (;;) {
    const query = { ...selectors, limit, continue: token };
    let page = await ask(client, { ...request, query }).catch(toTooMuch);
    if (page === undefined && limit > 1) {
      limit = Math.ceil(limit / 4);
      patience = Math.min(patience * 2, PATIENCE_MAX);
      pagesToKeep = patience;
      continue;
    }
    page ??= await ask(client, { ...request, query, accept: METADATA_ONLY });
    yield page;
    token = page.next;
    if (token === undefined) return;
    pagesToKeep -= 1;
    if (pagesToKeep > 0 || limit === mostPerPage) continue;
    limit = Math.min(limit * 2, mostPerPage);
    pagesToKeep = patience;
  }
}

/** The item with its kind, which items of a list need not state. */
export function withKind(
  item: unknown,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): unknown {
  return isObject(item) ? { ...item, apiVersion, kind } : item;
}

async function ask(client: KubernetesClient, request: KubernetesRequest): Promise<ListPage> {
  const body = await client.request({ ...request, deep: "wrapItems" });
  const result = v.safeParse(listSchema, body);
  if (!result.success) {
    const message = `${request.path}: the answer is not a list`;
    throw new KubemendError("Unavailable", message, { retryable: true });
  }
  const { metadata, items } = result.output;
  const next = metadata?.continue;
  return {
    items: items ?? [],
    remaining: metadata?.remainingItemCount,
    next: next === "" ? undefined : next,
  };
}

/** The answer is too large. What the API server itself refuses has a status. */
function toTooMuch(error: unknown): undefined {
  if (isKubemendError(error, "Invalid") && error.status === undefined) return undefined;
  throw error;
}
