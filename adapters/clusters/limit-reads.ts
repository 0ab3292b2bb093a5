import type { KubernetesClient, KubernetesRequest } from "../kubernetes/http/client.ts";
import { limitOutage } from "./limit-outage.ts";

/** The longest time for which the answer to a read of one object is waited for; an API server gives it within milliseconds. */
const READ_MAX_MS = 3_000;
const PROBE_MS = 2_000;

/**
 * The same client for a cluster into which much is copied: a read waits for a few seconds only, a page of a list for 10 s, and after one
 * without an answer all reads are refused for a while, without a request (`limitOutage`). Each copy begins with a read, so an outage delays
 * the other work of the process by one short wait. A write may take as long as a webhook of its kind, and says nothing about the cluster.
 */
export function limitReads(
  client: KubernetesClient,
  now: () => number,
  readMaxMs: number = READ_MAX_MS,
): KubernetesClient {
  const limited = limitOutage(client, now, PROBE_MS);
  return {
    get server() {
      return client.server;
    },
    close: () => client.close(),
    stream: (request) => limited.stream(request),
    request: async <T>(request: KubernetesRequest) =>
      request.method === "GET"
        ? limited.request<T>(withLimit(request, readMaxMs))
        : client.request<T>(request),
  };
}

function withLimit(request: KubernetesRequest, readMaxMs: number): KubernetesRequest {
  if (request.query?.["limit"] !== undefined) return request;
  return { ...request, timeoutMs: Math.min(request.timeoutMs ?? readMaxMs, readMaxMs) };
}
