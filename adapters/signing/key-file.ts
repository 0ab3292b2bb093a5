import { readFile } from "node:fs/promises";
import { describeError, KubemendError } from "../../core/errors.ts";
import { parseSigningKeys } from "./parse-keys.ts";
import { createSigningKeys, type SigningKeys } from "./signing-keys.ts";

/** The keys in a file, one a line. A mounted Secret is read again, so a rotation needs no restart. */
export function createKeyFile(path: string, now: () => number): SigningKeys {
  return createSigningKeys({ read: () => readKeyFile(path), now });
}

/** Throws `InvalidConfiguration` that names the file. */
export async function readKeyFile(path: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const message = `cannot read the signing keys in ${path}: ${describeError(error)}`;
    throw new KubemendError("InvalidConfiguration", message, { retryable: true, cause: error });
  }
  return parseSigningKeys(text, path);
}
