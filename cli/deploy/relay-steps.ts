import { join } from "node:path";
import { quoteWord, toKubemend } from "../setup/shell.ts";
import type { Step } from "../setup/step.ts";
import type { DeployContext } from "./context.ts";

/** Prints the values of the chart that follow from the pipeline: the rights of all parts. */
function toRights({ root, stage, pipeline }: DeployContext): string {
  return `${toKubemend(root)} validate ${quoteWord(pipeline)} --chart-values --namespace ${quoteWord(stage.namespace)}`;
}

/** The arguments of helm that are the same for each of its commands. */
function toChart({ release, root, stage, values }: DeployContext, queueUrl: string): string {
  const chart = quoteWord(join(root, "infra", "relay", "chart"));
  return `${release} ${chart} --namespace ${quoteWord(stage.namespace)} --values ${quoteWord(values)} --values - --set-string queueUrl=${queueUrl}`;
}

/**
 * New functions may need rights that the old ones did not. With a first installation nothing is done before the relay is there, so the chart
 * is early enough. What is applied is marked as the release's own, because helm refuses to take over what it has not made.
 */
export function toRightsSteps(deploy: DeployContext): readonly Step[] {
  const { helm, kubectl, release, stage, rightsTemplates } = deploy;
  if (rightsTemplates.length === 0) return [];
  const namespace = quoteWord(stage.namespace);
  const find = `found=$(${kubectl} get statefulset kubemend-relay --namespace ${namespace} --ignore-not-found --output=name)`;
  const files = rightsTemplates.map((name) => `--show-only templates/${name}.yaml`).join(" ");
  // The address of the queue is not known yet, and is nothing that these files contain.
  const chart = toChart(deploy, "https://sqs.eu-central-1.amazonaws.com/111122223333/unknown.fifo");
  const render = `${toRights(deploy)} | ${helm} template ${chart} ${files}`;
  const owner = `meta.helm.sh/release-name=${release} meta.helm.sh/release-namespace=${namespace}`;
  const mark = `${kubectl} annotate --local --filename - ${owner} --output=yaml`;
  const apply = `${kubectl} apply --server-side --force-conflicts --field-manager=helm --filename -`;
  return [
    {
      title: "Update rights and admission policies, if the relay is installed already",
      command: `${find} && if [ -n "$found" ]; then ${render} | ${mark} | ${apply}; fi`,
    },
  ];
}

export function toRelayStep(deploy: DeployContext): Step {
  const { helm, kubectl, stage } = deploy;
  const role =
    stage.oidcProvider === undefined ? "" : ' --set-string aws.roleArn="$RELAY_ROLE_ARN"';
  const install = `${helm} upgrade --install ${toChart(deploy, '"$CHANGES_QUEUE_URL"')}${role} $DEFINITIONS --wait --timeout 5m`;
  const at = `--namespace ${stage.namespace} --selector app.kubernetes.io/name=kubemend-relay`;
  const hint = `If the relay did not become ready: ${kubectl} describe pods ${at} names an image that cannot be pulled and a volume that is not bound, and ${kubectl} logs ${at} has in its last line what the relay lacks.`;
  return {
    title: "Install the relay, its rights and the admission policies",
    command: `${toRights(deploy)} | ${install} || { echo ${quoteWord(hint)} >&2; exit 1; }`,
  };
}
