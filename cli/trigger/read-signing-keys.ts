import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { readKeyFile } from "../../adapters/signing/key-file.ts";
import { readKeySecret, SIGNING_SECRET } from "../../adapters/signing/key-secret.ts";
import { isKubemendError } from "../../core/errors.ts";
import { misuse } from "../terminal/misuse.ts";

/**
 * The keys that sign a manual request: those of the file, or of the Secret, which is read with the user's own rights. Remediate honours
 * no unsigned request of a person, so whoever may only send to the queue cannot choose an object and an episode.
 * Throws `InvalidConfiguration` that says what is missing.
 */
export async function readSigningKeys(
  client: KubernetesClient,
  { file, namespace }: { readonly file: string | undefined; readonly namespace: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (file !== undefined) return readKeyFile(file);
  const place = `Secret ${namespace}/${SIGNING_SECRET.name}`;
  const other = "name a file with --signing-key-file";
  try {
    const keys = await readKeySecret(client, namespace, signal);
    if (keys !== undefined) return keys;
  } catch (error) {
    if (!isKubemendError(error, "Forbidden")) throw error;
    throw misuse(`a manual request must be signed, and you may not read ${place}: ${other}`);
  }
  throw misuse(`a manual request must be signed, and there is no ${place}: ${other}`);
}
