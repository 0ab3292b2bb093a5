import { readFileSync } from "node:fs";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import type { Grant } from "../../../core/pipeline/rights/grants.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { writeKubeconfig } from "../../../sandbox/control-plane/kubeconfig.ts";
import type { RemediationWorld } from "./remediation-world.ts";

const RBAC = "rbac.authorization.k8s.io";
const ACCOUNTS = "/api/v1/namespaces/kubemend/serviceaccounts";

/** The client that grants rights, and the folder for kubeconfigs. */
export type GrantingWorld = Pick<RemediationWorld, "admin" | "caFile" | "toUserFile">;

/** A client with exactly the rights that remediate needs for the pipeline. */
export function connectForPipeline(
  world: GrantingWorld,
  name: string,
  pipeline: Pipeline,
): Promise<KubernetesClient> {
  return connectWithGrants(world, name, planPermissions(pipeline, builtinCatalog()).remediate);
}

/** A client with an identity of its own that has exactly these rights, once they are in effect. */
export async function connectWithGrants(
  world: GrantingWorld,
  name: string,
  grants: readonly Grant[],
): Promise<KubernetesClient> {
  const { admin } = world;
  const create = (path: string, body: object): Promise<unknown> =>
    admin.request({ method: "POST", path, body });
  await create(ACCOUNTS, { metadata: { name } });
  for (const { namespace, rules } of grants) {
    const kind = namespace === null ? "ClusterRole" : "Role";
    const at = namespace === null ? "cluster" : `namespaces/${namespace}/`;
    const path = `/apis/${RBAC}/v1/${at}`;
    await create(`${path}roles`, { metadata: { name }, rules });
    await create(`${path}rolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind, name },
      subjects: [{ kind: "ServiceAccount", name, namespace: "kubemend" }],
    });
  }
  const answer = await admin.request<{ status: { token: string } }>({
    method: "POST",
    path: `${ACCOUNTS}/${name}/token`,
    body: { spec: {} },
  });
  await untilInEffect(admin, `system:serviceaccount:kubemend:${name}`, grants);
  const kubeconfig = world.toUserFile(name);
  writeKubeconfig(kubeconfig, {
    server: admin.server,
    ca: readFileSync(world.caFile, "utf8"),
    token: answer.status.token,
    user: name,
    namespace: "default",
  });
  return connectLean({ kubeconfig });
}

/** The API server learns of new rights by a watch. */
async function untilInEffect(
  admin: KubernetesClient,
  user: string,
  grants: readonly Grant[],
): Promise<void> {
  for (const { namespace, rules } of grants) {
    for (const { apiGroups, resources, resourceNames, verbs } of rules) {
      const [resource = "", subresource] = (resources[0] ?? "").split("/");
      const [group, verb, name] = [apiGroups[0], verbs[0], resourceNames?.[0]];
      const place = namespace === null ? {} : { namespace };
      const resourceAttributes = { group, resource, subresource, verb, name, ...place };
      for (;;) {
        const { status } = await admin.request<{ status: { allowed: boolean } }>({
          method: "POST",
          path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
          body: { spec: { user, resourceAttributes } },
        });
        if (status.allowed) break;
      }
    }
  }
}
