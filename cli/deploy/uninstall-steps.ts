import { join } from "node:path";
import { SIGNING_SECRET } from "../../adapters/signing/key-secret.ts";
import { CONNECTED } from "../../infra/build/package-input.ts";
import { quoteWord } from "../setup/shell.ts";
import { findEksCluster } from "../setup/stage.ts";
import type { Step } from "../setup/step.ts";
import { toKeyName } from "../setup/stored-keys.ts";
import { toLastOutputStep, toNoAccessSteps, toRoleVariable } from "./cluster-access.ts";
import { toFirstSteps } from "./first-steps.ts";
import type { DeployContext } from "./context.ts";

/**
 * Takes a deployment away, the relay first, so that nothing is sent to queues that go. `isPurge`: also what is kept otherwise because it
 * keeps a remediation from running twice. Every step can be repeated.
 */
export function toUninstallSteps(deploy: DeployContext, isPurge: boolean): readonly Step[] {
  const { helm, release, stage, npm, kubectl } = deploy;
  const namespace = quoteWord(stage.namespace);
  const settings = `--settings ${quoteWord(stage.file)}`;
  const isEks = findEksCluster(stage) !== undefined;
  return [
    ...toFirstSteps(deploy),
    {
      title: "Remove the relay, its rights and the admission policies",
      command: `${helm} uninstall ${release} --namespace ${namespace} --ignore-not-found --wait`,
    },
    ...(isEks ? CONNECTED.map((name) => toLastOutputStep(deploy, ...toRoleVariable(name))) : []),
    ...toNoAccessSteps(deploy),
    {
      title: "Remove the functions, and the queues with the messages in them",
      // osls fails if there is no stack.
      command: `found=$(${toFindStack(deploy)}) && { [ -z "$found" ] || ${npm} remove -- ${settings}; }`,
    },
    ...toKeySteps(deploy),
    {
      title: "Remove the Secret of the signing keys",
      command: `${kubectl} delete secret ${SIGNING_SECRET.name} --namespace ${namespace} --ignore-not-found`,
    },
    ...(isPurge ? toPurgeSteps(deploy) : []),
  ];
}

function toFindStack({ aws, stage }: DeployContext): string {
  const query = `Stacks[?StackName=='${stage.prefix}'].StackName`;
  return `${aws} cloudformation describe-stacks --query ${quoteWord(query)}`;
}

function toKeySteps({ aws, stage }: DeployContext): readonly Step[] {
  const title = "Remove the signing keys of the functions";
  if (stage.signing === "secret") {
    const name = toKeyName(stage);
    const filter = `--filters ${quoteWord(`Key=name,Values=${name}`)}`;
    const query = `--query ${quoteWord(`SecretList[?Name=='${name}'].Name`)}`;
    const find = `found=$(${aws} secretsmanager list-secrets ${filter} ${query})`;
    const remove = `${aws} secretsmanager delete-secret --secret-id ${quoteWord(name)}`;
    const command = `${find} && { [ -z "$found" ] || ${remove}; }`;
    return [{ title: `${title} (AWS keeps them for 30 days)`, command }];
  }
  if (stage.signing === "parameter") {
    const name = quoteWord(toKeyName(stage));
    // Unlike delete-parameter, this one does not fail if there is none.
    return [{ title, command: `${aws} ssm delete-parameters --names ${name}` }];
  }
  return [];
}

function toPurgeSteps({ kubectl, root, stage }: DeployContext): readonly Step[] {
  const namespace = quoteWord(stage.namespace);
  const other = `--selector app.kubernetes.io/name=kubemend-relay --field-selector ${quoteWord(`metadata.namespace!=${stage.namespace}`)}`;
  // The records of another installation would go with the definitions; its own go with the namespace.
  const find = `found=$(${kubectl} get statefulsets --all-namespaces ${other} --output=name)`;
  const remove = `${kubectl} delete --filename ${quoteWord(join(root, "infra", "crds"))} --ignore-not-found`;
  return [
    {
      title:
        "Delete all records, guards, groups of alerts and silences, with their definitions, unless another installation uses them",
      command: `${find} && { [ -n "$found" ] || ${remove}; }`,
    },
    {
      title: "Delete the namespace, with the relays' journals",
      command: `${kubectl} delete namespace ${namespace} --ignore-not-found`,
    },
  ];
}

/** What stays afterwards, in sentences. */
export function describeRest({ stage, keys }: DeployContext, isPurge: boolean): readonly string[] {
  return [
    ...(isPurge
      ? []
      : [
          `The definitions of kubemend.dev and all records in the namespace ${stage.namespace}: with them nothing is done twice if Kubemend is installed again. --purge deletes them.`,
          `The namespace ${stage.namespace}, with the volumes of the relays' journals. --purge deletes it.`,
        ]),
    `What Kubemend has done: Jobs that it created, objects that it changed, and their annotations.`,
    `Your files: ${stage.file}, the pipeline, the values and ${keys}.`,
    "The relay's image in your registry, and the role of a cluster in another account, if you made one.",
  ];
}
