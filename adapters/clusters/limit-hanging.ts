import { isKubemendError, KubemendError } from "../../core/errors.ts";
import type { KubernetesClient, KubernetesRequest } from "../kubernetes/http/client.ts";

/** The longest time for a request to objects that have answered, or were never asked. */
const FIRST_MS = 3_000;
/** The longest time for one to objects that have not answered in that time: a webhook may be slow, and right. */
const SLOW_MS = 15_000;
/** After a slow request the next one waits for this many times its duration. So they take a fifth of the time at most. */
const PAUSES = 4;
/** With so many slow kinds and namespaces, the others count as slow until they have answered. */
const SLOW_MAX = 3;
const KNOWN_MAX = 1_000;

/** The objects of one resource in one namespace: webhooks, conversions and aggregated API servers are for these. */
const COLLECTION =
  /^(?:\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+(?=\/[^/]+))?\/[^/]+/;

/**
 * The same client, with a bound on the time for which requests can wait that hang although the cluster answers: of a resource and namespace
 * whose webhook does not answer, one request at a time is sent, and each of the others is refused at once as a temporary `Timeout`. A
 * function takes messages of all mirrors in the same batches, so each that waits holds up the others.
 *
 * @param now ms, monotonic.
 * @param isLimited whether a request is bounded; others are passed on.
 */
export function limitHanging(
  client: KubernetesClient,
  now: () => number,
  isLimited: (request: KubernetesRequest) => boolean,
): KubernetesClient {
  const collections = createCollections();
  let slowFromMs = Number.NEGATIVE_INFINITY;
  const refuse = ({ method, path }: KubernetesRequest): KubemendError => {
    const message = `${method} ${path}: not sent, because requests to ${toCollection(path)} take longer than ${FIRST_MS} ms: see the webhooks of this resource`;
    const retryAfterMs = Number.isFinite(slowFromMs) ? Math.max(0, slowFromMs - now()) : undefined;
    return new KubemendError("Timeout", message, { retryable: true, retryAfterMs });
  };
  const send = async <T>(request: KubernetesRequest): Promise<T> => {
    const key = toCollection(request.path);
    const isSlow = collections.isSlow(key);
    if (isSlow && now() < slowFromMs) throw refuse(request);
    // One at a time: until its end nobody knows when the next one may be sent.
    if (isSlow) slowFromMs = Number.POSITIVE_INFINITY;
    const longestMs = isSlow ? SLOW_MS : FIRST_MS;
    const timeoutMs = Math.min(request.timeoutMs ?? longestMs, longestMs);
    const sinceMs = now();
    const end = (isAnswered: boolean): void => {
      const tookMs = now() - sinceMs;
      const wasLong = tookMs >= FIRST_MS;
      if (wasLong) collections.setSlow(key);
      else if (isAnswered) collections.setFast(key);
      if (wasLong) slowFromMs = now() + PAUSES * tookMs;
      else if (isSlow) slowFromMs = now();
    };
    try {
      const answer = await client.request<T>({ ...request, timeoutMs });
      end(true);
      return answer;
    } catch (error) {
      end(isKubemendError(error) && error.status !== undefined);
      throw error;
    }
  };
  return {
    get server() {
      return client.server;
    },
    close: () => client.close(),
    request: async <T>(request: KubernetesRequest) =>
      isLimited(request) ? send<T>(request) : client.request<T>(request),
    stream: (request) => client.stream(request),
  };
}

function toCollection(path: string): string {
  return COLLECTION.exec(path)?.[0] ?? path;
}

/** The collections that were slow last, and those that have answered in time since. */
function createCollections() {
  const slow = new Set<string>();
  const fast = new Set<string>();
  return {
    isSlow: (key: string): boolean => slow.has(key) || (slow.size >= SLOW_MAX && !fast.has(key)),
    setSlow: (key: string): void => move(key, fast, slow),
    setFast: (key: string): void => move(key, slow, fast),
  };
}

function move(key: string, from: Set<string>, to: Set<string>): void {
  from.delete(key);
  if (to.size >= KNOWN_MAX) to.clear();
  to.add(key);
}
