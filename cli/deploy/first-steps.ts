import { refuseOther, toClusterSteps, toRefusal } from "../setup/cluster-steps.ts";
import { quoteWord } from "../setup/shell.ts";
import { findEksCluster } from "../setup/stage.ts";
import type { Step } from "../setup/step.ts";
import { toClusterOptions } from "./cluster-access.ts";
import type { DeployContext } from "./context.ts";

/** The programs that the steps of a deployment start. */
const PROGRAMS = ["npm", "aws", "kubectl", "helm"];

/**
 * The checks before anything is changed: whether the programs are installed, whether context and account are those of the stage's cluster,
 * and whether the relay in it is the stage's own.
 */
export function toFirstSteps(deploy: DeployContext): readonly Step[] {
  const steps = [
    toProgramStep(),
    ...toClusterSteps(deploy),
    ...toAccountSteps(deploy),
    toOwnRelayStep(deploy),
  ];
  // Before somebody continues with a later step, the context, the profile or the settings may have changed.
  return steps.map((step) => ({ ...step, isAlwaysRun: true }));
}

function toProgramStep(): Step {
  const missing = '{ echo "$program is not installed, or not on the PATH" >&2; exit 1; }';
  return {
    title: `Look for ${PROGRAMS.join(", ")}`,
    command: `for program in ${PROGRAMS.join(" ")}; do command -v "$program" >/dev/null || ${missing}; done`,
  };
}

/** With a wrong profile everything would be made in another account, and nothing would fail before the access entries. */
function toAccountSteps({ aws, stage }: DeployContext): readonly Step[] {
  const { clusterEndpoint, profile } = stage;
  const clusterName = findEksCluster(stage);
  if (clusterName === undefined || clusterEndpoint === undefined) return [];
  const find = `found=$(${aws} eks describe-cluster ${toNamed(clusterName, stage)} --query cluster.endpoint)`;
  const used = profile === undefined ? "of these credentials" : `of the profile ${profile}`;
  const way = `Is the account ${used} the right one? AWS_PROFILE in the settings names another profile.`;
  return [
    {
      title: "Check that the AWS account has the cluster of the settings",
      command: `${find} && ${refuseOther(`the cluster ${clusterName} of this account is`, clusterEndpoint, way)}`,
    },
  ];
}

/** Access entries give the functions their names in the cluster; one whose only source of access is a ConfigMap takes none. */
export function toAuthenticationSteps({ aws, stage }: DeployContext): readonly Step[] {
  const clusterName = findEksCluster(stage);
  if (clusterName === undefined) return [];
  const named = toNamed(clusterName, stage);
  const find = `found=$(${aws} eks describe-cluster ${named} --query cluster.accessConfig.authenticationMode)`;
  const before = `the authentication mode of ${clusterName} is`;
  const after = `, with which it takes no access entries. Change it, which cannot be undone: aws eks update-cluster-config ${named} --access-config authenticationMode=API_AND_CONFIG_MAP`;
  return [
    {
      title: "Check that the cluster takes access entries",
      command: `${find} && case "$found" in API|API_AND_CONFIG_MAP) ;; *) ${toRefusal(before, after)};; esac`,
    },
  ];
}

function toNamed(clusterName: string, stage: DeployContext["stage"]): string {
  return `--name ${quoteWord(clusterName)}${toClusterOptions(stage)}`;
}

/** There is one relay in a namespace. That of another stage would be turned to this one's queue, or removed. */
function toOwnRelayStep({ kubectl, stage }: DeployContext): Step {
  const { namespace, prefix, region } = stage;
  const variable = `--output=jsonpath={.spec.template.spec.containers[0].env[?(@.name=="KUBEMEND_CHANGES_QUEUE_URL")].value}`;
  const find = `found=$(${kubectl} get statefulset kubemend-relay --namespace ${quoteWord(namespace)} --ignore-not-found ${quoteWord(variable)})`;
  const own = `*.${region}.*/${prefix}-changes.fifo`;
  const before = `the relay in the namespace ${namespace} sends to`;
  const after = `, and is not that of ${prefix} in ${region}. Name a namespace of its own for this stage with KUBEMEND_RELAY_NAMESPACE; or uninstall the other stage first.`;
  return {
    title: "Check that the namespace has no relay of another stage",
    command: `${find} && case "$found" in ""|${own}) ;; *) ${toRefusal(before, after)};; esac`,
  };
}
