import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { readKeySecret } from "../../adapters/signing/key-secret.ts";
import { parseSigningKeys } from "../../adapters/signing/parse-keys.ts";
import { orNothing } from "../../core/errors.ts";
import { isObject, readField } from "../../core/json/read-json.ts";
import { toKeyId } from "../keys/key-ring.ts";
import { toKeyName } from "../setup/stored-keys.ts";
import type { Stage } from "../setup/stage.ts";
import type { ReadAws } from "./aws.ts";
import { failed, passed, skipped, type Check } from "./finding.ts";

export const QUEUE = "relay's queue";
export const KEYS = "signing keys";

/** Whether the relay that is installed sends to the queue of the stack. */
export function checkRelayQueue(
  client: KubernetesClient,
  namespace: string,
  readUrl: () => Promise<string | undefined>,
): Check {
  return async (signal) => {
    const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets/kubemend-relay`;
    const relay = await orNothing("NotFound", () =>
      client.request({ method: "GET", path, signal }),
    );
    if (relay === undefined) {
      return [skipped(QUEUE, `there is no relay of the chart in ${namespace}`)];
    }
    const found = readVariable(relay, "KUBEMEND_CHANGES_QUEUE_URL");
    const wanted = await readUrl();
    if (wanted === undefined) return [skipped(QUEUE, "the queue of the stack is not known here")];
    if (found === wanted) return [passed(QUEUE, "it sends to that of the stack")];
    const message = `it sends to ${found ?? "none"} instead of ${wanted}`;
    return [failed(QUEUE, message, "install the relay again with it: kubemend deploy")];
  };
}

function readVariable(relay: unknown, name: string): string | undefined {
  const containers = readField(relay, "spec", "template", "spec", "containers");
  const variables = toList(containers).flatMap((one) => toList(readField(one, "env")));
  const value = readField(
    variables.find((one) => readField(one, "name") === name),
    "value",
  );
  return typeof value === "string" ? value : undefined;
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isObject) : [];
}

/**
 * Whether the functions know the key with which the relay signs; otherwise they believe none of its messages about what is gone. Both sides
 * are read with the user's own rights, and only ids are shown.
 */
export function checkSigningKeys(
  client: KubernetesClient,
  aws: ReadAws,
  stage: Pick<Stage, "signing" | "prefix" | "namespace">,
): Check {
  return async (signal) => {
    if (stage.signing === "none") {
      return [skipped(KEYS, "KUBEMEND_SIGNING is none: nothing is signed")];
    }
    const store = "kubemend keys store signing-keys --settings FILE";
    const relay = await readKeySecret(client, stage.namespace, signal);
    if (relay === undefined) {
      return [failed(KEYS, `the relay has none in ${stage.namespace}`, store)];
    }
    const name = toKeyName(stage);
    const read = await aws(
      stage.signing === "parameter"
        ? ["ssm", "get-parameter", "--name", name, "--with-decryption"]
        : ["secretsmanager", "get-secret-value", "--secret-id", name],
    );
    if (!read.ok) {
      const { isDenied, reason } = read.error;
      return [isDenied ? skipped(KEYS, reason) : failed(KEYS, `${name}: ${reason}`, store)];
    }
    const text =
      readField(read.value, "SecretString") ?? readField(read.value, "Parameter", "Value");
    const functions = parseSigningKeys(typeof text === "string" ? text : "", name);
    const missing = [relay[0], functions[0]].filter(
      (key) => key !== undefined && !(relay.includes(key) && functions.includes(key)),
    );
    if (missing.length === 0) return [passed(KEYS, "relay and functions know each other's")];
    const message = `the relay has ${toIds(relay)}, the functions ${toIds(functions)}: what one side signs the other takes for unsigned`;
    return [failed(KEYS, message, `store the same for both: ${store}`)];
  };
}

function toIds(ring: readonly string[]): string {
  return ring.map(toKeyId).join(", ");
}
