import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { builtinCatalog } from "../../core/references/builtin.ts";
import type { Grant } from "../../core/pipeline/rights/grants.ts";
import { isSource, planSourcePermissions } from "../../core/pipeline/rights/cluster-rights.ts";
import { planOtherPermissions } from "../../core/pipeline/rights/permissions.ts";
import { planTargetPermissions } from "../../core/pipeline/rights/mirror-rights.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { toRoleManifests, toUserSubject } from "../clusters/role-manifests.ts";

/** Of the ServiceAccounts. */
const NAMESPACE = DEFAULT_RECORD_NAMESPACE;

/**
 * The permissions that a pipeline needs, as manifests for the relay and for each function that accesses the cluster: a ClusterRole for
 * what is needed everywhere, a Role for each namespace that the pipeline names, for the records and for the relay's Lease; each with its
 * binding. The namespaces must exist when the manifests are applied. `cluster` is one whose changes the pipeline takes.
 */
export function toRbac(pipeline: Pipeline, cluster: string = pipeline.cluster.name): string {
  const planned = planSourcePermissions(pipeline, cluster, builtinCatalog());
  const documents = Object.entries(planned).flatMap(([part, grants]) =>
    grants.flatMap((grant) => toManifests(part, grant)),
  );
  return documents.join("---\n");
}

/**
 * The same for another cluster of the pipeline, in which its actions act or its mirrors keep copies. The names of the roles contain this
 * cluster, because the other one may have a pipeline of its own. One whose changes the pipeline takes needs the rights of all parts.
 */
export function toRbacIn(cluster: string, pipeline: Pipeline): string {
  if (isSource(pipeline, cluster)) return toRbac(pipeline, cluster);
  const catalog = builtinCatalog();
  const ofCluster = (planned: { readonly cluster: string }): boolean => planned.cluster === cluster;
  // The name of the pipeline's cluster is any text.
  const source = pipeline.cluster.name.replaceAll(/[^A-Za-z0-9.-]/g, "-");
  const toDocuments = (part: string, grants: readonly Grant[] = []): readonly string[] =>
    grants.flatMap((grant) => toManifests(part, grant, `kubemend-${part}-${source}`));
  return [
    ...toDocuments("remediate", planOtherPermissions(pipeline, catalog).find(ofCluster)?.remediate),
    ...toDocuments("transfer", planTargetPermissions(pipeline, catalog).find(ofCluster)?.transfer),
  ].join("---\n");
}

function toManifests(part: string, grant: Grant, name = `kubemend-${part}`): readonly string[] {
  return toRoleManifests(grant, { name, subjects: toSubjects(part) });
}

/** The relay runs in the cluster; a function may also authenticate through an EKS access entry, as a user. */
function toSubjects(part: string): readonly object[] {
  const account = { kind: "ServiceAccount", name: `kubemend-${part}`, namespace: NAMESPACE };
  const user = toUserSubject(`kubemend:${part}`);
  return part === "relay" ? [account] : [account, user];
}
