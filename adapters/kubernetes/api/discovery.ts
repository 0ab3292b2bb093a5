import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { Catalog, CatalogEntry } from "../../../core/references/catalog.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import type { KubernetesClient } from "../http/client.ts";
import { parseDiscovery, parseResourceList, type ListedVersion } from "./discovery-documents.ts";

/** A catalog younger than this is not read again, however often a kind is not found. */
const REFRESH_INTERVAL_MS = 60_000;
/** Custom resources are also removed, and no lookup fails because of that. */
const MAX_AGE_MS = 600_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Concurrent requests if versions must be read one by one: a plain server has about 25. */
const PARALLEL_REQUESTS = 8;

/** Newest first; a server that supports neither aggregated form answers in the plain one. */
const ACCEPT =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
  "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList," +
  "application/json";

export type Discovery = {
  /** What the cluster serves: from memory if that is younger than ten minutes. Throws only if nothing was ever read. */
  readonly catalog: (signal?: AbortSignal) => Promise<Catalog>;
  /** The same, read again if the last attempt is at least a minute old: for a kind that was not found. */
  readonly refresh: (signal?: AbortSignal) => Promise<Catalog>;
};

/**
 * Reads what a cluster serves, and caches it. Concurrent callers share one read. After a failed read the last catalog stays in
 * use; a version whose server is not available keeps the resources it had.
 * `now` is in ms and must be monotonic. Errors are those of the client (KubemendError).
 */
export function createDiscovery(deps: {
  readonly client: KubernetesClient;
  readonly now: () => number;
  /** Minimum age for `refresh`, in ms; default one minute. */
  readonly refreshIntervalMs?: number | undefined;
}): Discovery {
  const refreshIntervalMs = deps.refreshIntervalMs ?? REFRESH_INTERVAL_MS;
  let current: { readonly catalog: Catalog; readonly readAtMs: number } | undefined;
  let attemptedAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<Catalog> | undefined;

  const read = (): Promise<Catalog> => {
    attemptedAtMs = deps.now();
    reading ??= fetchEntries(deps.client, current?.catalog)
      .then(({ entries, unanswered }) => {
        const catalog = createCatalog(entries, "discovery", unanswered);
        current = { catalog, readAtMs: deps.now() };
        return catalog;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  const refresh = async (signal?: AbortSignal): Promise<Catalog> => {
    if (current === undefined) return orAborted(read(), signal);
    const isRecent = deps.now() - attemptedAtMs < refreshIntervalMs;
    const last = current.catalog;
    if (isRecent)
      return reading === undefined
        ? last
        : orAborted(
            reading.catch(() => last),
            signal,
          );
    return orAborted(
      read().catch(() => last),
      signal,
    );
  };

  const catalog = async (signal?: AbortSignal): Promise<Catalog> => {
    const isYoung = current !== undefined && deps.now() - current.readAtMs < MAX_AGE_MS;
    return isYoung && current !== undefined ? current.catalog : refresh(signal);
  };

  return { catalog, refresh };
}

type Fetched = Pick<Catalog, "entries" | "unanswered">;

async function fetchEntries(
  client: KubernetesClient,
  previous: Catalog | undefined,
): Promise<Fetched> {
  const [core, named] = await Promise.all([fetchRoot(client, "/api"), fetchRoot(client, "/apis")]);
  const listed = [...core, ...named];
  const entries: CatalogEntry[] = [];
  const unanswered: string[] = [];
  for (let at = 0; at < listed.length; at += PARALLEL_REQUESTS) {
    const batch = listed.slice(at, at + PARALLEL_REQUESTS);
    const completed = await Promise.all(batch.map((one) => completeVersion(client, one, previous)));
    for (const [index, known] of completed.entries()) {
      const { group = "", version = "" } = batch[index] ?? {};
      if (known === undefined) unanswered.push(group === "" ? version : `${group}/${version}`);
      else entries.push(...known);
    }
  }
  return { entries, unanswered };
}

async function fetchRoot(
  client: KubernetesClient,
  path: "/api" | "/apis",
): Promise<readonly ListedVersion[]> {
  const body = await fetchDocument(client, path, ACCEPT).catch((error: unknown) => {
    if (isKubemendError(error, "NotAcceptable")) return fetchDocument(client, path, undefined);
    throw error;
  });
  const listed = parseDiscovery(body);
  if (listed !== undefined) return listed;
  throw new KubemendError(
    "Unavailable",
    `${client.server}${path} did not answer with a list of API groups: check that this is the address of a Kubernetes API server`,
    { retryable: true },
  );
}

/** The resources of a version: from the root's answer, else from the version's own, else the ones it had before; undefined if it had none. */
async function completeVersion(
  client: KubernetesClient,
  listed: ListedVersion,
  previous: Catalog | undefined,
): Promise<readonly CatalogEntry[] | undefined> {
  if (listed.resources !== undefined) return listed.resources;
  const { group, version, preferred } = listed;
  const path =
    group === ""
      ? `/api/${encodeURIComponent(version)}`
      : `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
  const body = await fetchDocument(client, path, undefined).catch(() => undefined);
  const known = parseResourceList(body, listed);
  if (known !== undefined) return known;
  const before = (previous?.entries ?? [])
    .filter((entry) => entry.group === group && entry.version === version)
    .map((entry) => ({ ...entry, preferred }));
  return before.length === 0 ? undefined : before;
}

async function fetchDocument(
  client: KubernetesClient,
  path: string,
  accept: string | undefined,
): Promise<unknown> {
  return client.request({ method: "GET", path, accept, timeoutMs: REQUEST_TIMEOUT_MS });
}

/** A caller that is aborted stops waiting; the shared read continues for the others. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(
      new KubemendError("Timeout", "stopped waiting for the cluster's API discovery", {
        retryable: true,
        cause: signal.reason,
      }),
    );
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
