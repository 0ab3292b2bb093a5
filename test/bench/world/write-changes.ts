import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

/** Concurrent writes. */
const WRITERS = 16;

export type Written = {
  readonly count: number;
  /** By resourceVersion, on this process's wall clock. */
  readonly times: ReadonlyMap<
    string,
    { readonly begunAtMs: number; readonly answeredAtMs: number }
  >;
  /** The last resourceVersion of each name. */
  readonly last: ReadonlyMap<string, string>;
};

/**
 * Replaces objects in turn, `rate` per second or at full speed. Writers share one schedule: a late one does not
 * slow down the others, and no object has two writes in flight.
 */
export async function writeChanges(options: {
  readonly client: KubernetesClient;
  readonly path: string;
  readonly objects: number;
  readonly rate: number | undefined;
  readonly seconds: number;
  /** Ends earlier, after this many writes. */
  readonly changes?: number | undefined;
  readonly toObject: (index: number) => unknown;
}): Promise<Written> {
  const { client, path, objects, rate, seconds, toObject } = options;
  const { changes = Number.POSITIVE_INFINITY } = options;
  const times = new Map<string, { begunAtMs: number; answeredAtMs: number }>();
  const last = new Map<string, string>();
  const startedMs = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const index = next;
      next += 1;
      if (index >= changes) return;
      const dueMs = rate === undefined ? 0 : startedMs + (index * 1000) / rate;
      if (Math.max(dueMs, performance.now()) >= startedMs + seconds * 1000) return;
      if (dueMs > performance.now()) await sleep(dueMs - performance.now());
      const object = toObject(index % objects) as {
        metadata: { name: string };
        data: Record<string, string>;
      };
      const { name } = object.metadata;
      const begunAtMs = Date.now();
      const answer = await client.request<{ metadata: { resourceVersion: string } }>({
        method: "PUT",
        path: `${path}/${name}`,
        body: { ...object, data: { ...object.data, writtenAt: `${begunAtMs} ${index}` } },
      });
      const { resourceVersion } = answer.metadata;
      times.set(resourceVersion, { begunAtMs, answeredAtMs: Date.now() });
      last.set(name, resourceVersion);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, work));
  return { count: times.size, times, last };
}
