import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError, KubemendError } from "../../core/errors.ts";
import { poll } from "../host/poll.ts";
import { applyObject } from "./apply-object.ts";

const API = "/apis/admissionregistration.k8s.io/v1";
const COLLECTIONS: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: `${API}/validatingadmissionpolicies`,
  ValidatingAdmissionPolicyBinding: `${API}/validatingadmissionpolicybindings`,
};
const POLL_MS = 50;
const TIMEOUT_MS = 30_000;

/**
 * Applies the admission policy of records and resolves when it is in effect, since the API server loads policies with a delay.
 * Idempotent. Throws InvalidConfiguration if the file holds something else, Timeout after 30 s.
 */
export async function installAdmission(
  client: KubernetesClient,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const documents = parseAllDocuments(readFileSync(file, "utf8"));
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
  }
  const message = `${file}: the policy did not take effect within ${TIMEOUT_MS / 1000} s. Is admission control disabled?`;
  await poll(
    {
      intervalMs: POLL_MS,
      timeoutMs: TIMEOUT_MS,
      toTimeout: () => new KubemendError("Timeout", message, { retryable: true }),
      ask: async () => ((await isInEffect(client, signal)) ? true : undefined),
    },
    signal,
  );
}

/** A record that only the remediate function may create. */
const PROBE = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Remediation",
  metadata: { name: "probe-of-the-policy", namespace: "kubemend" },
  spec: {
    cluster: { name: "probe", uid: "probe" },
    rule: { id: "probe", digest: "probe" },
    onceKey: "probe",
    mode: "dryRun",
    change: { id: "probe", kind: "modified", time: "2026-01-01T00:00:00.000Z" },
    trigger: {
      group: "",
      version: "v1",
      resource: "pods",
      kind: "Pod",
      namespaced: true,
      namespace: "default",
      name: "probe",
      uid: "probe",
      resourceVersion: "1",
    },
    references: [],
    traceparent: "probe",
  },
};

async function isInEffect(client: KubernetesClient, signal?: AbortSignal): Promise<boolean> {
  try {
    await client.request({
      method: "POST",
      path: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations",
      query: { dryRun: "All" },
      body: PROBE,
      signal,
    });
    return false;
  } catch (error) {
    if (isKubemendError(error, "AdmissionDenied")) return true;
    throw error;
  }
}
