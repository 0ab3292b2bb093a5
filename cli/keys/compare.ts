import { readKeyFile } from "../../adapters/signing/key-file.ts";
import { parseSigningKeys } from "../../adapters/signing/parse-keys.ts";
import { misuse } from "../terminal/misuse.ts";
import { toKeyId } from "./key-ring.ts";

/**
 * Throws `InvalidConfiguration` if the key that signs now, the first of those that are stored, is not in the file: to
 * store the file would make everything count as unsigned that was signed before. Other keys that it lacks were removed in a rotation.
 */
export async function compareKeys(file: string, stored: string): Promise<void> {
  const ring = await readKeyFile(file);
  const [signing = ""] = parseSigningKeys(stored, "what is stored");
  if (ring.includes(signing)) return;
  throw misuse(
    `${file} lacks ${toKeyId(signing)}, the key that signs now: with the keys of the file (${ring.map(toKeyId).join(", ")}) every message on its way, or in a dead-letter queue, would count as unsigned. ` +
      "Move the file away, and deploy leaves the stored keys alone; or take the stored keys into it (docs/access.md); or replace them all the same with kubemend keys store --replace",
  );
}
