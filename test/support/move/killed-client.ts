import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

/** Thrown in place of the answer: the process is gone, and the API server has done what it was asked for. */
export class Killed extends Error {
  override readonly name = "Killed";
}

/** Counts the writes of all clients that it wraps, and ends the process, as it were, after the last one. */
export type Killer = {
  readonly wrap: (client: KubernetesClient) => KubernetesClient;
  readonly writes: () => number;
};

/** `after`: the number of the write whose answer does not arrive; nothing more is sent afterwards. */
export function createKiller(after: number = Number.POSITIVE_INFINITY): Killer {
  let writes = 0;
  const wrap = (client: KubernetesClient): KubernetesClient => ({
    ...client,
    server: client.server,
    async request(request) {
      if (writes >= after) throw new Killed("nothing is sent any more");
      const isReview = request.path.includes("selfsubjectaccessreviews");
      const isWrite = request.method !== "GET" && !isReview;
      if (isWrite) writes += 1;
      const isLast = isWrite && writes === after;
      const answer = await client.request<never>(request);
      if (isLast) throw new Killed(`after write ${after}`);
      return answer;
    },
  });
  return { wrap, writes: () => writes };
}
