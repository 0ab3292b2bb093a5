import { createHash, randomBytes } from "node:crypto";
import { ok, refuse, type Result } from "../../core/result.ts";

/** Signing keys in their order: the first signs, each verifies. */
export type KeyRing = readonly string[];

const KEY_BYTES = 32;
const ID_LENGTH = 8;

/** A new key in the form that relay and functions read. */
export function makeKey(): string {
  return randomBytes(KEY_BYTES).toString("hex");
}

/** Names a key without telling it: the beginning of its hash. Whoever compares two stores compares these. */
export function toKeyId(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, ID_LENGTH);
}

/** Adds a key that verifies, and signs nothing yet. Refused during a rotation, so that it is not begun twice. */
export function addKey(ring: KeyRing, key: string): Result<KeyRing, string> {
  if (ring.length <= 1) return ok([...ring, key]);
  const others = ring.slice(1).map(toKeyId).join(", ");
  return refuse(
    `a rotation has begun already, there are further keys: ${others}. Continue it with use or remove.`,
  );
}

/** Makes a key the one that signs. */
export function useKey(ring: KeyRing, id: string): Result<KeyRing, string> {
  const key = ring.find((one) => toKeyId(one) === id);
  if (key === undefined) return refuse(describeUnknown(ring, id));
  return ok([key, ...ring.filter((one) => one !== key)]);
}

/** Removes a key that no longer signs. */
export function removeKey(ring: KeyRing, id: string): Result<KeyRing, string> {
  const key = ring.find((one) => toKeyId(one) === id);
  if (key === undefined) return refuse(describeUnknown(ring, id));
  if (key === ring[0]) {
    return refuse(`${id} is the key that signs: make another one the first with use before.`);
  }
  return ok(ring.filter((one) => one !== key));
}

function describeUnknown(ring: KeyRing, id: string): string {
  return `there is no key ${id}: the keys are ${ring.map(toKeyId).join(", ")}.`;
}
