import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { SIGNING_SECRET } from "../../adapters/signing/key-secret.ts";
import { applyObject } from "./apply-object.ts";

/**
 * The file of the sandbox's signing key, made at its first start, with mode 0600. A Secret in the cluster holds the same key for
 * `kubemend trigger`.
 */
export async function ensureSigningKey(
  options: { readonly dataDir: string; readonly kubernetes: KubernetesClient },
  signal: AbortSignal,
): Promise<string> {
  const path = join(options.dataDir, "signing-keys");
  if (!existsSync(path))
    writeFileSync(path, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  const { namespace, name, key } = SIGNING_SECRET;
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    data: { [key]: readFileSync(path).toString("base64") },
  };
  await applyObject(options.kubernetes, `/api/v1/namespaces/${namespace}/secrets`, secret, signal);
  return path;
}
