import { sha256 } from "../../events/ids.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import { readField } from "../json/read-json.ts";

/** The value at a dotted path of an object. */
export function readSource(object: unknown, path: string): unknown {
  return readField(object, ...path.split("."));
}

/** sha256 of the canonical JSON at a dotted path, or of `null` if there is no value. The order of keys does not matter. */
export function toSourceDigest(object: unknown, path: string): string {
  return sha256(toCanonicalJson(readSource(object, path) ?? null));
}
