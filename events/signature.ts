import { createHmac } from "node:crypto";

/**
 * The queues whose messages can be signed. Of the messages in `wakeups` only those that report a thread are signed. A message that is moved
 * to another queue loses its signature.
 */
export type SignedQueue = "changes" | "remediations" | "transfers" | "alerts" | "wakeups";

/** The message attribute that carries the signature. Dead letters keep it, so that a redrive delivers what was sent. */
export const SIGNATURE_ATTRIBUTE = "kubemend-signature";

/** The bytes that a signature adds to a message: its name, its type and 64 hex digits. */
export const SIGNATURE_BYTES: number = SIGNATURE_ATTRIBUTE.length + "String".length + 64;

/**
 * Lower-case hex of HMAC-SHA256 over the kind of queue, a newline, and the body exactly as it is sent. Contract: relay and functions
 * of different versions verify each other's messages. The deduplication id of a signed message is made of it likewise, apart from bodies.
 */
export function toSignature(
  key: string,
  queue: SignedQueue | `${SignedQueue}/deduplication`,
  body: string,
): string {
  return createHmac("sha256", key).update(`${queue}\n${body}`).digest("hex");
}
