import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import type { RemediationWorld } from "../functions/remediation-world.ts";

type Config = { clusters: unknown[]; "current-context": string; [field: string]: unknown };

/** Connects a user who may create Events in one namespace, and nothing else in the cluster. */
export async function createEventWriter(
  world: Pick<RemediationWorld, "admin" | "kubeconfig">,
  namespace: string,
): Promise<KubernetesClient> {
  const { admin } = world;
  const name = "event-writer";
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await admin.request({ method: "POST", path: accounts, body: { metadata: { name } } });
  await admin.request({
    method: "POST",
    path: `${rbac}/roles`,
    body: {
      metadata: { name },
      rules: [
        { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "get"] },
      ],
    },
  });
  await admin.request({
    method: "POST",
    path: `${rbac}/rolebindings`,
    body: {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  });
  const { status } = await admin.request<{ status: { token: string } }>({
    method: "POST",
    path: `${accounts}/${name}/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  });
  return connectWithToken(world.kubeconfig, status.token);
}

async function connectWithToken(kubeconfig: string, token: string): Promise<KubernetesClient> {
  const config = parse(readFileSync(kubeconfig, "utf8")) as Config;
  const [cluster] = config.clusters as { name: string }[];
  const folder = mkdtempSync(join(tmpdir(), "kubemend-event-writer-"));
  try {
    const path = join(folder, "kubeconfig");
    const own = {
      ...config,
      users: [{ name: "writer", user: { token } }],
      contexts: [{ name: "writer", context: { cluster: cluster?.name, user: "writer" } }],
      "current-context": "writer",
    };
    writeFileSync(path, JSON.stringify(own));
    return await connectLean({ kubeconfig: path });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
