import { join } from "node:path";
import { CONNECTED } from "../../infra/build/package-input.ts";
import { quoteWord, toKubemend } from "../setup/shell.ts";
import type { Step } from "../setup/step.ts";
import { toStoreSteps } from "../setup/store-keys.ts";
import { toCompareSteps, toCopyStep, toStoredStep } from "../setup/stored-keys.ts";
import type { DeployContext } from "./context.ts";
import { toAuthenticationSteps, toFirstSteps } from "./first-steps.ts";
import { toRelayStep, toRightsSteps } from "./relay-steps.ts";
import { toAccessSteps, toOutputStep, toRoleVariable } from "./cluster-access.ts";

/** A deployment from its files to a running relay, in this order. Every step can be repeated. */
export function toDeploySteps(deploy: DeployContext): readonly Step[] {
  const { stage, npm } = deploy;
  const settings = `--settings ${quoteWord(stage.file)}`;
  const signing = toKeySteps(deploy);
  return [
    ...toFirstSteps(deploy),
    ...toAuthenticationSteps(deploy),
    ...signing.checks,
    { title: "Pack the functions with the pipeline", command: `${npm} package -- ${settings}` },
    toDefinitionStep(deploy),
    ...toRightsSteps(deploy),
    { title: "Deploy the functions and their queues", command: `${npm} deploy -- ${settings}` },
    toOutputStep(deploy, "CHANGES_QUEUE_URL", "ChangesQueueUrl"),
    toOutputStep(deploy, "RELAY_ROLE_ARN", "RelayRoleArn"),
    ...CONNECTED.map((name) => toOutputStep(deploy, ...toRoleVariable(name))),
    ...toAccessSteps(deploy),
    toNamespaceStep(deploy),
    ...signing.steps,
    toReleaseStep(deploy),
    toOwnerStep(deploy),
    toRelayStep(deploy),
    toDoctorStep(deploy),
  ];
}

/** An upgrade may run on a machine that does not have the file of the signing keys: then the stored keys stay. */
function toKeySteps({ stage, keys, hasKeys, context, kubectl }: DeployContext): {
  readonly checks: readonly Step[];
  readonly steps: readonly Step[];
} {
  if (stage.signing === "none") return { checks: [], steps: [] };
  return hasKeys
    ? {
        checks: toCompareSteps(keys, stage, kubectl),
        steps: toStoreSteps(keys, stage, context),
      }
    : { checks: [toStoredStep(keys, stage)], steps: [toCopyStep(stage, kubectl)] };
}

/** Functions of a new version may write fields that the definitions do not have yet. A first installation gets them from the chart. */
function toDefinitionStep({ kubectl, root }: DeployContext): Step {
  const folder = quoteWord(join(root, "infra", "crds"));
  // Fails if the cluster cannot be reached or does not answer, before anything is deployed.
  const find = `found=$(${kubectl} get customresourcedefinition remediations.kubemend.dev --ignore-not-found --output=name)`;
  const apply = `${kubectl} apply --server-side --force-conflicts --filename ${folder}`;
  return {
    title: "Update the definitions of records, if they are installed already",
    command: `${find} && { [ -z "$found" ] || ${apply}; }`,
  };
}

function toNamespaceStep({ kubectl, stage }: DeployContext): Step {
  const make = `${kubectl} create namespace ${quoteWord(stage.namespace)} --dry-run=client --output=yaml`;
  return {
    title: "Create the namespace",
    command: `${make} | ${kubectl} apply --filename -`,
  };
}

/**
 * Helm refuses to upgrade a release while another helm works on it, and takes one that was killed for that. So one that works is waited for,
 * as long as it may take (`--timeout` below), and what is then still there was left behind.
 */
function toReleaseStep({ kubectl, release, stage }: DeployContext): Step {
  const pending = `owner=helm,name=${release},status in (pending-install,pending-upgrade,pending-rollback)`;
  const at = `--namespace ${quoteWord(stage.namespace)}`;
  const selected = `${at} --selector ${quoteWord(pending)}`;
  const wait = `${kubectl} wait $found ${at} ${quoteWord("--for=jsonpath={.metadata.labels.status}=deployed")} --timeout=5m`;
  return {
    title: "Wait for another installation of the relay, and clear what a killed one has left",
    command: `found=$(${kubectl} get secrets ${selected} --output=name) && { [ -z "$found" ] || ${wait} || ${kubectl} delete secrets ${selected}; }`,
  };
}

/** Helm refuses to install what belongs to another release; a second installation in the cluster shares the definitions. */
function toOwnerStep({ kubectl, stage }: DeployContext): Step {
  const annotation = String.raw`meta\.helm\.sh/release-namespace`;
  const output = quoteWord(
    `--output=jsonpath={.metadata.name}/{.metadata.annotations.${annotation}}`,
  );
  const find = `found=$(${kubectl} get customresourcedefinition remediations.kubemend.dev --ignore-not-found ${output})`;
  return {
    title: "Look whether the definitions of records belong to another installation",
    command: `${find} && case "$found" in ""|*/${stage.namespace}) ;; *) echo "--set crds.install=false";; esac`,
    capture: "DEFINITIONS",
    mayBeEmpty: true,
  };
}

function toDoctorStep({ root, stage, context }: DeployContext): Step {
  const at = context === undefined ? "" : ` --context ${quoteWord(context)}`;
  return {
    title: "Check that everything works together",
    command: `${toKubemend(root)} doctor --settings ${quoteWord(stage.file)}${at}`,
  };
}
