import { expect } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

/** A Job that the policy refuses as soon as it is in effect. */
type Probe = {
  readonly namespace: string;
  /** Its first container has a variable with this value. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly value: string;
};

/** Installs an admission policy that refuses Jobs with the label `deny`, and quotes a variable of theirs in its message. */
export async function installIndiscretePolicy(
  client: KubernetesClient,
  probe: Probe,
): Promise<void> {
  const api = "/apis/admissionregistration.k8s.io/v1";
  const rule = {
    apiGroups: ["batch"],
    apiVersions: ["v1"],
    operations: ["CREATE"],
    resources: ["jobs"],
  };
  const metadata = { name: "indiscrete" };
  const quoted = "object.spec.template.spec.containers[0].env[0].value";
  await client.request({
    method: "POST",
    path: `${api}/validatingadmissionpolicies`,
    body: {
      metadata,
      spec: {
        matchConstraints: { resourceRules: [rule] },
        validations: [
          {
            expression: "!has(object.metadata.labels) || !('deny' in object.metadata.labels)",
            messageExpression: `'I do not like ' + ${quoted}`,
          },
        ],
      },
    },
  });
  await client.request({
    method: "POST",
    path: `${api}/validatingadmissionpolicybindings`,
    body: { metadata, spec: { policyName: "indiscrete", validationActions: ["Deny"] } },
  });
  const { namespace, spec, value } = probe;
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const body = { metadata: { name: "probe", labels: { deny: "" } }, spec };
  const ask = async (): Promise<string> => {
    const query = { dryRun: "All" };
    const answer = client.request({ method: "POST", path, query, body });
    return answer.then(
      () => "admitted",
      (error: unknown) => String(error),
    );
  };
  // The policy does leak: anyone who passes on the API server's message passes on the value.
  await expect.poll(ask, { timeout: 120_000, interval: 200 }).toContain(value);
}
