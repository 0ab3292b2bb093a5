import { timingSafeEqual } from "node:crypto";
import { SIGNATURE_ATTRIBUTE, toSignature, type SignedQueue } from "../../events/signature.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** A received message, as far as its signature is concerned. */
export type SignedRecord = {
  readonly body: string;
  readonly messageAttributes?:
    | { readonly [name: string]: { readonly stringValue?: string | undefined } | undefined }
    | undefined;
};

/**
 * - `signed`: by somebody who has one of the keys, for this kind of queue, with this body.
 * - `unsigned`: without a signature, or with one that no key verifies.
 * - `unverifiable`: no keys are configured, so nothing can be said.
 */
export type SignatureVerdict = "signed" | "unsigned" | "unverifiable";

/** Throws if the keys were never readable, which an operator can correct: the message is retried. */
export type Verify = (record: SignedRecord) => Promise<SignatureVerdict>;

/** Verifies messages of one kind of queue. The comparison takes the same time for every wrong signature. */
export function createVerify(keys: SigningKeys, queue: SignedQueue): Verify {
  return async (record) => {
    const current = await keys.current();
    if (current.length === 0) return "unverifiable";
    const written = record.messageAttributes?.[SIGNATURE_ATTRIBUTE]?.stringValue;
    if (written === undefined || !/^[0-9a-f]{64}$/.test(written)) return "unsigned";
    const signature = Buffer.from(written, "hex");
    const isOf = (key: string): boolean =>
      timingSafeEqual(Buffer.from(toSignature(key, queue, record.body), "hex"), signature);
    if (current.some(isOf)) return "signed";
    // The sender may have newer keys.
    return (await keys.reread()).some(isOf) ? "signed" : "unsigned";
  };
}
