import { findMirrorRules } from "../../../core/pipeline/mirror-rule.ts";
import type { OtherCluster, Pipeline } from "../../../core/pipeline/pipeline.ts";
import {
  allow,
  toPolicies,
  toReadParameter,
  toReadSecret,
  type Statement,
} from "./pipeline-policies.ts";

/**
 * CloudFormation resources with what transfer needs to reach the targets of a pipeline's mirrors, and nothing else: it may read their
 * kubeconfigs, and assume their roles. An EKS cluster that its own role may enter needs nothing. A secret that your own KMS key encrypts
 * needs rights on that key, too.
 */
export function toClusterPermissions({ clusters, rules }: Pick<Pipeline, "clusters" | "rules">): {
  readonly Resources: Readonly<Record<string, unknown>>;
} {
  const targets = new Set(findMirrorRules(rules).flatMap(({ mirror }) => mirror.to));
  const statements = clusters
    .filter(({ name }) => targets.has(name))
    .flatMap((cluster) => toStatement(cluster) ?? []);
  return toPolicies([
    { id: "TransferClusters", role: "TransferRole", name: "clusters", statements },
  ]);
}

function toStatement({ access }: OtherCluster): Statement | undefined {
  switch (access.type) {
    case "secret":
      return toReadSecret(access.id);
    case "parameter":
      return toReadParameter(access.name);
    case "eks":
      return access.roleArn === undefined ? undefined : allow("sts:AssumeRole", access.roleArn);
    // The file is in the function's zip.
    case "kubeconfig":
      return undefined;
  }
}
