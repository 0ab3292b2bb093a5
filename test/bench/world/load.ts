import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

/** Concurrent writers: as many as two cores can serve. */
const WRITERS = 32;

export type LoadOptions = {
  readonly client: KubernetesClient;
  /** `/api/v1/namespaces/bench/pods` */
  readonly path: string;
  /** Indexes from `from` (inclusive) to `to` (exclusive). */
  readonly from: number;
  readonly to: number;
  readonly toObject: (index: number) => unknown;
  readonly onProgress: (done: number) => void;
};

/** Creates objects through the API, many at a time; throws if the API server refuses one. */
export async function loadObjects(options: LoadOptions): Promise<void> {
  const { client, path, to, toObject } = options;
  let next = options.from;
  let done = options.from;
  const write = async (): Promise<void> => {
    while (next < to) {
      const body = toObject(next);
      next += 1;
      await client.request({ method: "POST", path, body, timeoutMs: 120_000 });
      done += 1;
      options.onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}
