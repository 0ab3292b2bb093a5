import type { ObjectAddress } from "../../../core/operations/operation.ts";
import type { KubernetesClient } from "../http/client.ts";
import { getEvenDeep, type ReadEvenDeep } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";

/** Reads one object live; null if it does not exist. */
export type ReadObject = (
  target: ObjectAddress,
  signal?: AbortSignal,
) => Promise<ReadEvenDeep | null>;

/** How long a read is shared: less than a message takes from the change to this function. */
const MAX_AGE_MS = 1_000;

/** The reads of a batch, by the signal that its messages have in common. */
export function createBatchReads(
  client: KubernetesClient,
  now: () => number,
): (batch: AbortSignal) => ReadObject {
  const known = new WeakMap<AbortSignal, ReadObject>();
  return (batch) => {
    const reads = known.get(batch) ?? createSharedReads(client, now);
    known.set(batch, reads);
    return reads;
  };
}

/**
 * Reads for the messages of one batch: those that look at the same object, such as the CronJob of several failed Jobs, share one request. Every
 * message was sent before the first read of its batch, so none is decided on a state that is older than itself; and a read is used for a
 * second only. A failed read is not shared with whoever asks after it.
 */
function createSharedReads(client: KubernetesClient, now: () => number): ReadObject {
  const known = new Map<
    string,
    { readonly sinceMs: number; readonly read: ReturnType<ReadObject> }
  >();
  return (target, signal) => {
    const path = toResourcePath(target);
    const recent = known.get(path);
    if (recent !== undefined && now() - recent.sinceMs < MAX_AGE_MS) return recent.read;
    const read = getEvenDeep(client, target, signal);
    known.set(path, { sinceMs: now(), read });
    read.catch(() => void (known.get(path)?.read === read && known.delete(path)));
    return read;
  };
}

/** Reads each object once; a later read returns the same state. `mayShare`: as in ReadOperation. */
export function createCachedGet({
  client,
  readShared,
}: {
  readonly client: KubernetesClient;
  readonly readShared?: ReadObject | undefined;
}): (target: ObjectAddress, signal?: AbortSignal, mayShare?: true) => Promise<ReadEvenDeep | null> {
  const known = new Map<string, ReadEvenDeep | null>();
  return async (target, signal, mayShare) => {
    const path = toResourcePath(target);
    const object = known.get(path);
    if (object !== undefined) return object;
    const isShared = mayShare === true && readShared !== undefined;
    const found = await (isShared
      ? readShared(target, signal)
      : getEvenDeep(client, target, signal));
    known.set(path, found);
    return found;
  };
}
