import type { KubernetesClient, KubernetesRequest } from "../../adapters/kubernetes/http/client.ts";

/** A client that counts its requests and does something at one of them. */
export type WatchedClient = KubernetesClient & {
  /** `METHOD path`, in order, without reading the catalog. */
  readonly requests: readonly string[];
};

export type Interference = {
  readonly before?: (count: number) => Promise<void> | void;
  readonly after?: (count: number) => Promise<void> | void;
};

/** Discovery is left out of the count: it is read once a process, not once a remediation. */
const DISCOVERY = new Set(["/api", "/apis"]);

export function watchClient(
  client: KubernetesClient,
  interference: Interference = {},
): WatchedClient {
  const requests: string[] = [];
  return {
    ...client,
    requests,
    request: async <T>(request: KubernetesRequest): Promise<T> => {
      if (DISCOVERY.has(request.path)) return client.request<T>(request);
      requests.push(`${request.method} ${request.path}`);
      const count = requests.length;
      await interference.before?.(count);
      const answer = await client.request<T>(request);
      await interference.after?.(count);
      return answer;
    },
  };
}

/** As if the process had been killed: from this request on nothing of it reaches the server, and no answer comes back. */
export function killAt(at: number, moment: "before" | "after"): Interference {
  const die = (count: number): void => {
    if (count >= at) throw new Error("killed");
  };
  return {
    before: (count) => {
      if (moment === "before" || count > at) die(count);
    },
    after: (count) => {
      if (moment === "after") die(count);
    },
  };
}
