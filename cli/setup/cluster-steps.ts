import { quoteWord } from "./shell.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./step.ts";

/**
 * Every command that changes the cluster of a stage looks first whether the context is of that cluster: the relay and its keys must be in
 * the one that the functions connect to. `isOtherAddress`: the user says that the context is the same cluster at another address.
 */
export function toClusterSteps({
  kubectl,
  stage,
  isOtherAddress,
}: {
  readonly kubectl: string;
  readonly stage: Pick<Stage, "clusterEndpoint">;
  readonly isOtherAddress: boolean;
}): readonly Step[] {
  if (stage.clusterEndpoint === undefined || isOtherAddress) return [];
  const find = `found=$(${kubectl} config view --minify --output=jsonpath={.clusters[0].cluster.server})`;
  const way =
    "Name another context with --context; if both are the same cluster, say so with --other-address.";
  return [
    {
      title: "Check that the context is the cluster of the settings",
      command: `${find} && ${refuseOther("the context is of", stage.clusterEndpoint, way)}`,
    },
  ];
}

/** Compares `$found` with the address in the settings. */
export function refuseOther(what: string, endpoint: string, way: string): string {
  const expected = endpoint.replace(/\/$/, "");
  const after = `, and KUBEMEND_EKS_ENDPOINT is ${expected}. ${way}`;
  return `{ [ "\${found%/}" = ${quoteWord(expected)} ] || ${toRefusal(what, after)}; }`;
}

/** Ends the step with a message in which `$found` stands between two texts. */
export function toRefusal(before: string, after: string): string {
  return `{ echo ${quoteWord(`${before} `)}"$found"${quoteWord(after)} >&2; exit 1; }`;
}
