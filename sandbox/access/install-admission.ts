import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError, KubemendError } from "../../core/errors.ts";
import { pause } from "../host/pause.ts";
import { applyObject } from "./apply-object.ts";

const API = "/apis/admissionregistration.k8s.io/v1";
const COLLECTIONS: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: `${API}/validatingadmissionpolicies`,
  ValidatingAdmissionPolicyBinding: `${API}/validatingadmissionpolicybindings`,
};
const POLL_MS = 50;
const TIMEOUT_MS = 30_000;

/**
 * Applies the admission policy of records and resolves when it is in effect: the API server reads policies with a delay of its
 * own. Repeatable. InvalidConfiguration where the file holds something else; Timeout after 30 s.
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
      throw new KubemendError("InvalidConfiguration", `${file}: ${object.kind} is no policy`, {
        retryable: false,
      });
    }
    await applyObject(client, collection, object, signal);
  }
  const until = performance.now() + TIMEOUT_MS;
  while (!(await isInEffect(client, signal))) {
    if (performance.now() > until) {
      const message = `${file}: the policy was not in effect within ${TIMEOUT_MS / 1000} s; is a feature of admission turned off?`;
      throw new KubemendError("Timeout", message, { retryable: true });
    }
    await pause(POLL_MS, signal);
  }
}

/** A record that nobody but the remediate function may make. */
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
    if (isKubemendError(error, "Forbidden")) return true;
    throw error;
  }
}
