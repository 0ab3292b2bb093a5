import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { readField } from "../../core/json/read-json.ts";
import type { KubernetesClient } from "../kubernetes/http/client.ts";
import { getObject } from "../kubernetes/api/objects.ts";
import { parseSigningKeys } from "./parse-keys.ts";

/** The Secret in the cluster that holds the signing keys, one a line: the relay mounts it, and `kubemend trigger` reads it. */
export const SIGNING_SECRET: {
  /** Of an installation that names no other. */
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
} = {
  namespace: DEFAULT_RECORD_NAMESPACE,
  name: "kubemend-signing-keys",
  key: "keys",
};

/**
 * The signing keys of the Secret; undefined if it does not exist. Throws the API server's refusal, and `InvalidConfiguration` if the
 * Secret contains no key.
 */
export async function readKeySecret(
  client: KubernetesClient,
  namespace: string = SIGNING_SECRET.namespace,
  signal?: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { name, key } = SIGNING_SECRET;
  const address = {
    group: "",
    version: "v1",
    resource: "secrets",
    kind: "Secret",
    namespaced: true,
  };
  const secret = await getObject(client, { ...address, namespace, name }, signal);
  if (secret === null) return undefined;
  const encoded = readField(secret, "data", key);
  const text = typeof encoded === "string" ? Buffer.from(encoded, "base64").toString("utf8") : "";
  return parseSigningKeys(text, `data.${key} of Secret ${namespace}/${name}`);
}
