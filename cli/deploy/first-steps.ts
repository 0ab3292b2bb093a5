import { quoteWord } from "../setup/shell.ts";
import type { Step } from "../setup/step.ts";
import type { DeployContext } from "./context.ts";

/** What the steps of a deployment start. */
const PROGRAMS = ["npm", "aws", "kubectl", "helm"];

/** What is looked at before anything is changed: whether the programs are there, and whether the context is the stage's cluster. */
export function toFirstSteps(deploy: DeployContext): readonly Step[] {
  return [toProgramStep(), ...toClusterSteps(deploy)];
}

function toProgramStep(): Step {
  const missing = '{ echo "$program is not installed, or not on the PATH" >&2; exit 1; }';
  return {
    title: `Look for ${PROGRAMS.join(", ")}`,
    command: `for program in ${PROGRAMS.join(" ")}; do command -v "$program" >/dev/null || ${missing}; done`,
  };
}

/** The relay must be in the cluster that the functions connect to. */
function toClusterSteps({ kubectl, stage }: DeployContext): readonly Step[] {
  const { clusterEndpoint: expected } = stage;
  if (expected === undefined) return [];
  const find = `found=$(${kubectl} config view --minify --output=jsonpath={.clusters[0].cluster.server})`;
  const fault = `the context is of $found, and KUBEMEND_EKS_ENDPOINT is ${expected}. Name another context with --context; if both are the same cluster, go on with --from 3.`;
  return [
    {
      title: "Check that the context is the cluster of the settings",
      command: `${find} && { [ "$found" = ${quoteWord(expected)} ] || { echo "${fault.replaceAll(/["`\\]/g, "")}" >&2; exit 1; }; }`,
    },
  ];
}
