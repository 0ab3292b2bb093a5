import type { Discovery } from "../api/discovery.ts";
import { readListPages, type ListPage, type ListSelection } from "../api/list-pages.ts";
import { toResourcePath } from "../api/path.ts";
import type { KubernetesClient } from "../http/client.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { Selected } from "../../../core/guards/hold.ts";
import { readField } from "../../../core/json/read-json.ts";
import type { WatchSelection } from "../../../core/pipeline/pipeline.ts";
import { findResource } from "../../../core/references/find-resource.ts";

/** How many objects a rule selects, as they were at most a minute ago; or why that cannot be said. Throws only the reason of the signal. */
export type CountSelected = (on: WatchSelection, signal: AbortSignal) => Promise<Selected>;

export type CountSelectedDeps = {
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  /** ms; only differences count. */
  readonly now: () => number;
};

const KEEP_MS = 60_000;
/** A failed count is tried again sooner, but not for each of many that ask at once. */
const FAILED_KEEP_MS = 5_000;
const PAGE_SIZE = 500;
/**
 * Of more objects than these pages hold, so many are counted: a part of fewer is stricter than the rule says. Pages of large objects hold
 * fewer: those who write annotations must not be able to stop the rule.
 */
const PAGES_MAX = 20;
/** Each costs a request. */
const NAMESPACES_MAX = 100;
const NAMESPACES = { group: "", version: "v1", resource: "namespaces" };

/**
 * Counts the objects of selections. Without a selector one request for one object says how many there are, with one the metadata of all is
 * read page by page.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/list-meta/
 */
export function createCountSelected(deps: CountSelectedDeps): CountSelected {
  const { now } = deps;
  const kept = new Map<string, { readonly selected: Promise<Selected>; untilMs: number }>();
  return async (on, signal) => {
    const key = JSON.stringify(on);
    const known = kept.get(key);
    if (known !== undefined && now() < known.untilMs) return known.selected;
    const entry = { selected: countOrSay(on, deps, signal), untilMs: now() + KEEP_MS };
    kept.set(key, entry);
    try {
      const selected = await entry.selected;
      if ("unknown" in selected) entry.untilMs = now() + FAILED_KEEP_MS;
      return selected;
    } catch (error) {
      kept.delete(key);
      throw error;
    }
  };
}

async function countOrSay(
  on: WatchSelection,
  deps: CountSelectedDeps,
  signal: AbortSignal,
): Promise<Selected> {
  try {
    return { count: await count(on, deps, signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (!isKubemendError(error)) throw error;
    const why = error.brief ?? error.message;
    return { unknown: `it cannot be counted how many ${on.resource} it selects (${why})` };
  }
}

async function count(
  on: WatchSelection,
  deps: CountSelectedDeps,
  signal: AbortSignal,
): Promise<number> {
  const { client, discovery } = deps;
  const { resource, labelSelector, fieldSelector } = on;
  const served =
    findResource(await discovery.catalog(signal), resource) ??
    findResource(await discovery.refresh(signal), resource);
  if (served === undefined) throw toUncounted(`the cluster does not serve ${resource}`);
  const places = served.namespaced ? await findNamespaces(on, client, signal) : [null];
  let sum = 0;
  for (const namespace of places) {
    const path = toResourcePath({ ...served, namespace, name: undefined });
    sum += await countIn(client, path, { labelSelector, fieldSelector }, signal);
  }
  return sum;
}

/** null: all of them. */
async function findNamespaces(
  { namespaces, namespaceSelector }: WatchSelection,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly (string | null)[]> {
  if (namespaceSelector === undefined) return namespaces ?? [null];
  const selection = { labelSelector: namespaceSelector, limit: NAMESPACES_MAX };
  const names: string[] = [];
  for await (const page of readPages(client, toResourcePath(NAMESPACES), selection, signal)) {
    names.push(...page.items.map((item) => String(readField(item, "metadata", "name"))));
    const isMore = names.length > NAMESPACES_MAX;
    if (isMore || (names.length === NAMESPACES_MAX && page.next !== undefined)) {
      throw toUncounted(`it selects more than ${NAMESPACES_MAX} namespaces`);
    }
  }
  return names;
}

async function countIn(
  client: KubernetesClient,
  path: string,
  selectors: Pick<WatchSelection, "labelSelector" | "fieldSelector">,
  signal: AbortSignal,
): Promise<number> {
  const isWhole = selectors.labelSelector === undefined && selectors.fieldSelector === undefined;
  if (isWhole) {
    for await (const page of readPages(client, path, { limit: 1 }, signal)) {
      const { items, next, remaining = 0 } = page;
      if (next === undefined || page.remaining !== undefined) return items.length + remaining;
      break;
    }
  }
  let sum = 0;
  let pages = 0;
  for await (const page of readPages(client, path, { ...selectors, limit: PAGE_SIZE }, signal)) {
    sum += page.items.length;
    pages += 1;
    if (pages >= PAGES_MAX) break;
  }
  return sum;
}

function readPages(
  client: KubernetesClient,
  path: string,
  selection: ListSelection,
  signal: AbortSignal,
): AsyncIterable<ListPage> {
  return readListPages(client, path, { ...selection, metadataOnly: true }, signal);
}

function toUncounted(message: string): KubemendError {
  return new KubemendError("Refused", message, { retryable: false });
}
