import { findActingClusters } from "../../../core/pipeline/acting-clusters.ts";
import { findMirrorRules } from "../../../core/pipeline/mirror-rule.ts";
import { listMoveGrants } from "../../../core/pipeline/moves/find-grants.ts";
import { findSources } from "../../../core/pipeline/source-view.ts";
import type { OtherCluster, Pipeline } from "../../../core/pipeline/pipeline.ts";
import {
  allow,
  toPolicies,
  toReadParameter,
  toReadSecret,
  type Statement,
} from "./pipeline-policies.ts";

/**
 * CloudFormation resources with what functions need to reach other clusters of a pipeline, and nothing else: transfer the targets of its
 * mirrors and moves, remediate those in which its actions act, and all but notify those whose changes its rules take. They may read their kubeconfigs, and assume their roles. An EKS cluster that the
 * function's own role may enter needs nothing. A secret that your own KMS key encrypts needs rights on that key, too.
 */
export function toClusterPermissions(pipeline: Pick<Pipeline, "clusters" | "rules" | "moves">): {
  readonly Resources: Readonly<Record<string, unknown>>;
} {
  const toStatements = (names: readonly string[]): readonly Statement[] =>
    pipeline.clusters
      .filter(({ name }) => names.includes(name))
      .flatMap((cluster) => toStatement(cluster) ?? []);
  const mirroring = findMirrorRules(pipeline.rules);
  const targets = mirroring.flatMap(({ rule, mirror }) => [
    ...mirror.to,
    ...(rule.on.clusters ?? []),
  ]);
  const moved = listMoveGrants(pipeline).flatMap(({ to, from = [] }) => [...to, ...from]);
  const sources = findSources(pipeline).map(({ name }) => name);
  const ofSources = (part: "Normalize" | "Sweep") => ({
    id: `${part}Clusters`,
    role: `${part}Role`,
    name: "clusters",
    statements: toStatements(sources),
  });
  return toPolicies([
    {
      id: "TransferClusters",
      role: "TransferRole",
      name: "clusters",
      statements: toStatements([...targets, ...moved]),
    },
    {
      id: "RemediateClusters",
      role: "RemediateRole",
      name: "clusters",
      statements: toStatements([...findActingClusters(pipeline), ...sources]),
    },
    ofSources("Normalize"),
    ofSources("Sweep"),
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
    // The file is in the function's zip; its own access has rights of its own.
    case "own":
    case "kubeconfig":
      return undefined;
  }
}
