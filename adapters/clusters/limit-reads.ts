import type { KubernetesClient, KubernetesRequest } from "../kubernetes/http/client.ts";
import { limitOutage } from "./limit-outage.ts";

/** The longest time for which the answer to a read of one object is waited for; an API server gives it within milliseconds. */
const READ_MAX_MS = 3_000;
/** The longest time for a page of a list. */
const PAGE_MAX_MS = 10_000;
/** The longest time for a write, with the webhooks of its kind: the API server itself asks each for 30 s at most. */
const WRITE_MAX_MS = 30_000;
const PROBE_MS = 2_000;

/**
 * The same client for a cluster into which much is copied: a read waits for a few seconds only, a page of a list for 10 s, and after one
 * without an answer all requests are refused for a while, without asking (`limitOutage`). Each copy begins with a read, so an outage delays
 * the other work of the process by one short wait. A write may take as long as a webhook of its kind: one without an answer says something
 * about the cluster only if kube-system cannot be read, either.
 */
export function limitReads(
  client: KubernetesClient,
  now: () => number,
  readMaxMs: number = READ_MAX_MS,
): KubernetesClient {
  const maxMs = ({ method, query }: KubernetesRequest): number => {
    if (method !== "GET") return WRITE_MAX_MS;
    return query?.["limit"] === undefined ? readMaxMs : PAGE_MAX_MS;
  };
  return limitOutage(client, now, { probeMs: PROBE_MS, maxMs });
}
