import * as v from "valibot";
import {
  RECORD_API_VERSION,
  RECORD_GROUP,
  RECORD_KIND,
  RECORD_RESOURCE,
  RECORD_VERSION,
  remediationRecordSchema,
  type RemediationRecord,
} from "../../../events/remediation.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toResourcePath } from "../api/path.ts";

export type RecordSelection = {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** The token of the page before; absent = from the beginning. */
  readonly continue?: string | undefined;
  /** Records per page; fewer come if they are large. */
  readonly limit?: number | undefined;
};

export type RecordPage = {
  readonly records: readonly RemediationRecord[];
  /** Names of records that this version cannot read. */
  readonly unreadable: readonly string[];
  /** How many records follow, if the API server says so: without a selector it does. */
  readonly remaining?: number | undefined;
  /** The token of the next page; absent after the last one. */
  readonly next?: string | undefined;
};

/** Records per page, if they are of the usual size. */
const PAGE_SIZE = 500;
/** A page may hold large records: a quarter of a page is asked for then, so that a function's memory is enough. */
const PAGE_MAX_BYTES = 16 * 1024 * 1024;
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
type List = v.InferOutput<typeof listSchema>;

/**
 * The selected records, page by page, in the order of their names. No record ends the pages: one that cannot be read is named in
 * `unreadable`, and large ones come in smaller pages. Throws a KubemendError if the API server refuses a page.
 */
export async function* readRecordPages(
  { client, namespace }: { readonly client: KubernetesClient; readonly namespace: string },
  selection: RecordSelection,
  signal?: AbortSignal,
): AsyncGenerator<RecordPage> {
  const path = toResourcePath({
    group: RECORD_GROUP,
    version: RECORD_VERSION,
    resource: RECORD_RESOURCE,
    namespace,
  });
  const ask = async (query: RecordSelection & { readonly limit: number }, accept?: string) => {
    const request = {
      method: "GET",
      path,
      query,
      accept,
      maxBytes: PAGE_MAX_BYTES,
      signal,
    } as const;
    return readList(await client.request(request), path);
  };
  const { limit: mostPerPage = PAGE_SIZE, ...selectors } = selection;
  let { continue: token } = selection;
  let limit = mostPerPage;
  for (;;) {
    const query = { ...selectors, limit, continue: token };
    let list = await ask(query).catch(toTooMuch);
    if (list === undefined && limit > 1) {
      // It is asked for in parts, down to the one record that it is about.
      limit = Math.ceil(limit / 4);
      continue;
    }
    list ??= await ask(query, METADATA_ONLY);
    const page = toPage(list);
    yield page;
    token = page.next;
    if (token === undefined) return;
    limit = Math.min(limit * 2, mostPerPage);
  }
}

/** The answer is too large, or nested too deep. What the API server itself refuses has a status. */
function toTooMuch(error: unknown): undefined {
  if (isKubemendError(error, "Invalid") && error.status === undefined) return undefined;
  throw error;
}

function toPage({ metadata, items }: List): RecordPage {
  const records: RemediationRecord[] = [];
  const unreadable: string[] = [];
  for (const item of items ?? []) {
    const result = v.safeParse(remediationRecordSchema, complete(item));
    if (result.success) records.push(result.output);
    else unreadable.push(toName(item));
  }
  const next = metadata?.continue;
  return {
    records,
    unreadable,
    remaining: metadata?.remainingItemCount,
    next: next === "" ? undefined : next,
  };
}

function readList(body: unknown, path: string): List {
  const result = v.safeParse(listSchema, body);
  if (result.success) return result.output;
  throw new KubemendError("Unavailable", `${path}: the answer is not a list`, { retryable: true });
}

/** Items of a list need not state their kind. */
function complete(item: unknown): unknown {
  return typeof item === "object" && item !== null
    ? { ...item, apiVersion: RECORD_API_VERSION, kind: RECORD_KIND }
    : item;
}

const named = v.looseObject({ metadata: v.looseObject({ name: v.string() }) });

function toName(item: unknown): string {
  const result = v.safeParse(named, item);
  return result.success ? result.output.metadata.name : "(no name)";
}
