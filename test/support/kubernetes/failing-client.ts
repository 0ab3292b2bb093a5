import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";

/** A client that counts its requests and fails or acts at one of them. */
export type WatchedClient = KubernetesClient & {
  /** `METHOD path` of each request in order, without discovery. */
  readonly requests: readonly string[];
};

export type Interference = {
  readonly before?: (count: number) => Promise<void> | void;
  readonly after?: (count: number) => Promise<void> | void;
};

/** Discovery is not counted, because it is read once per process and not once per remediation. */
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

/** Simulates a killed process: from this request on nothing reaches the server, and no answer returns. */
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

/** A process that is suspended before one of its requests, and goes on when it is woken. */
export type FrozenClient = WatchedClient & {
  /** Waits until the work is suspended; false if it ends without that request. */
  readonly isReached: (work: Promise<unknown>) => Promise<boolean>;
  readonly wake: () => void;
};

export function freezeAt(client: KubernetesClient, at: number): FrozenClient {
  const reached = Promise.withResolvers<boolean>();
  const woken = Promise.withResolvers<undefined>();
  const watched = watchClient(client, {
    before: async (count) => {
      if (count !== at) return;
      reached.resolve(true);
      await woken.promise;
    },
  });
  return {
    ...watched,
    isReached: (work) => Promise.race([reached.promise, work.then(() => false)]),
    wake: () => woken.resolve(undefined),
  };
}
