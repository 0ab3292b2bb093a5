import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError, KubemendError } from "../../core/errors.ts";
import { poll } from "../host/poll.ts";
import { PROBES, type Probe } from "./admission-probes.ts";
import { applyObject } from "./apply-object.ts";

const API = "/apis/admissionregistration.k8s.io/v1";
const COLLECTIONS: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: `${API}/validatingadmissionpolicies`,
  ValidatingAdmissionPolicyBinding: `${API}/validatingadmissionpolicybindings`,
};
const POLL_MS = 50;
const TIMEOUT_MS = 30_000;

/**
 * Applies the admission policies of a file and resolves when they are in effect, since the API server loads policies with a delay.
 * Idempotent. Throws InvalidConfiguration if the file holds something else, Timeout after 30 s.
 */
export async function installAdmission(
  client: KubernetesClient,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const documents = parseAllDocuments(readFileSync(file, "utf8"));
  const probes: Probe[] = [];
  for (const document of "empty" in documents ? [] : documents) {
    const object = document.toJS() as { kind: string; metadata: { name: string } };
    const collection = Object.hasOwn(COLLECTIONS, object.kind)
      ? COLLECTIONS[object.kind]
      : undefined;
    if (collection === undefined) {
      throw new KubemendError("InvalidConfiguration", `${file}: ${object.kind} is not a policy`, {
        retryable: false,
      });
    }
    await applyObject(client, collection, object, signal);
    const probe = PROBES[object.metadata.name];
    if (probe !== undefined && !probes.includes(probe)) probes.push(probe);
  }
  const message = `${file}: the policy did not take effect within ${TIMEOUT_MS / 1000} s. Is admission control disabled?`;
  await poll(
    {
      intervalMs: POLL_MS,
      timeoutMs: TIMEOUT_MS,
      toTimeout: () => new KubemendError("Timeout", message, { retryable: true }),
      ask: async () => ((await areInEffect(client, probes, signal)) ? true : undefined),
    },
    signal,
  );
}

async function areInEffect(
  client: KubernetesClient,
  probes: readonly Probe[],
  signal?: AbortSignal,
): Promise<boolean> {
  const answers = await Promise.all(probes.map((probe) => isInEffect(client, probe, signal)));
  return answers.every(Boolean);
}

async function isInEffect(
  client: KubernetesClient,
  { path, body }: Probe,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await client.request({ method: "POST", path, query: { dryRun: "All" }, body, signal });
    return false;
  } catch (error) {
    if (isKubemendError(error, "AdmissionDenied")) return true;
    throw error;
  }
}
