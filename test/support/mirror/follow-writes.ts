import { readLines } from "../../../adapters/kubernetes/http/byte-lines.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

/** Every write to the objects of a collection since it was followed, as a watch shows it. */
export type FollowedWrites = {
  /** `ADDED`, `MODIFIED` or `DELETED`, in the order of the writes of one object. */
  readonly of: (name: string) => readonly string[];
  readonly count: () => number;
  readonly stop: () => Promise<void>;
};

type WatchEvent = {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name: string } };
};

/** Counts from now on. `path` is that of the collection. */
export async function followWrites(
  client: KubernetesClient,
  path: string,
): Promise<FollowedWrites> {
  const { metadata } = await client.request<{
    readonly metadata: { readonly resourceVersion: string };
  }>({ method: "GET", path, query: { limit: 1 } });
  const stop = new AbortController();
  const query = { watch: true, resourceVersion: metadata.resourceVersion };
  const { body } = await client.stream({ method: "GET", path, query, signal: stop.signal });
  const events: WatchEvent[] = [];
  const follow = async (): Promise<void> => {
    try {
      for await (const line of readLines(body)) events.push(JSON.parse(line) as WatchEvent);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  };
  const following = follow();
  return {
    of: (name) =>
      events.flatMap(({ type, object }) => (object.metadata.name === name ? [type] : [])),
    count: () => events.length,
    async stop() {
      stop.abort();
      await following;
    },
  };
}
