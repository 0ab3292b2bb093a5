import { timingSafeEqual } from "node:crypto";
import { SIGNATURE_ATTRIBUTE, toSignature, type SignedQueue } from "../../events/signature.ts";
import { KubemendError } from "../../core/errors.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** A received message, as far as its signature is concerned. */
export type SignedRecord = {
  readonly body: string;
  /** `SentTimestamp` says when the queue accepted it: ms since the epoch. */
  readonly attributes?: { readonly [name: string]: string | undefined } | undefined;
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

/**
 * Throws if the keys were never readable, which an operator can correct, or if a signature may be by a key that is newer than the known
 * ones, which were read too recently to be read again: the message is retried.
 */
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
    if ((await keys.reread()).some(isOf)) return "signed";
    const sentMs = Number(record.attributes?.["SentTimestamp"] ?? Number.NaN);
    const waitMs = Number.isFinite(sentMs) ? (keys.msUntilNewer?.(sentMs) ?? 0) : 0;
    if (waitMs === 0) return "unsigned";
    throw toTooEarly(waitMs);
  };
}

/** Anybody may cause the keys to be read: what is decided by keys older than the message would make a newly signed one unsigned. */
function toTooEarly(waitMs: number): KubemendError {
  const what = "no known key verifies its signature, and the keys cannot be read again yet";
  return new KubemendError("CredentialThrottled", what, { retryable: true, retryAfterMs: waitMs });
}
