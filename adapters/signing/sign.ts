import { toSignature, type SignedQueue } from "../../events/signature.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** The signature of a body as it is sent; undefined if no keys are configured. Throws if the keys were never readable. */
export type Sign = (body: string) => Promise<string | undefined>;

/** Signs messages for one kind of queue. */
export function createSign(keys: SigningKeys, queue: SignedQueue): Sign {
  return async (body) => {
    const [key] = await keys.current();
    return key === undefined ? undefined : toSignature(key, queue, body);
  };
}
