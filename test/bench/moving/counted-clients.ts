import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import { readField } from "../../../core/json/read-json.ts";

export type Side = "source" | "target";

/** The cost of a part of a move. */
export type Cost = { ms: number; source: number; target: number };

/** Counts the requests to both clusters, by the phase that the Move was in. */
export type Counter = {
  readonly wrap: (side: Side, client: KubernetesClient) => KubernetesClient;
  /** The cost of each phase so far, in the order in which they began. */
  readonly read: () => ReadonlyMap<string, Cost>;
};

/** `first`: the name of what comes before any phase was stored. */
export function createCounter(first: string): Counter {
  const costs = new Map<string, Cost>();
  let phase = first;
  let sinceMs = performance.now();
  const find = (name: string): Cost => {
    const known = costs.get(name) ?? { ms: 0, source: 0, target: 0 };
    costs.set(name, known);
    return known;
  };
  const settle = (next: string): void => {
    const nowMs = performance.now();
    find(phase).ms += nowMs - sinceMs;
    sinceMs = nowMs;
    phase = next;
  };
  return {
    wrap: (side, client) => ({
      ...client,
      server: client.server,
      async request<T>(request: KubernetesRequest) {
        find(phase)[side] += 1;
        const answer = await client.request<T>(request);
        const stored = toStoredPhase(request);
        if (stored !== undefined && stored !== phase) settle(stored);
        return answer;
      },
    }),
    read() {
      settle(phase);
      return costs;
    },
  };
}

/** The phase that a request stores in the status of a Move. */
function toStoredPhase({ method, path, body }: KubernetesRequest): string | undefined {
  if (method === "GET" || !path.includes("/moves/")) return undefined;
  const phase = readField(body, "status", "phase");
  return typeof phase === "string" ? phase : undefined;
}
