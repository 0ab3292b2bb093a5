import { toSignature, type SignedQueue } from "../../events/signature.ts";
import type { SigningKeys } from "./signing-keys.ts";

export type Signed = {
  readonly signature: string;
  /**
   * The deduplication id to send instead of this one, which nobody can compute without the key: otherwise somebody could send a forged
   * message under the id of one that is still to come, and SQS would drop that as a duplicate. The same for the same id.
   */
  readonly toDeduplicationId: (id: string) => string;
};

/** Signs a body as it is sent; undefined if no keys are configured. Throws if the keys were never readable. */
export type Sign = (body: string) => Promise<Signed | undefined>;

/** Signs messages for one kind of queue. */
export function createSign(keys: SigningKeys, queue: SignedQueue): Sign {
  return async (body) => {
    const [key] = await keys.current();
    if (key === undefined) return undefined;
    return {
      signature: toSignature(key, queue, body),
      toDeduplicationId: (id) => toSignature(key, `${queue}/deduplication`, id),
    };
  };
}
