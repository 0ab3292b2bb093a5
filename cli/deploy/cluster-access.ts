import { CONNECTED } from "../../infra/build/package-input.ts";
import { quoteWord } from "../setup/shell.ts";
import { findEksCluster, toUserName } from "../setup/stage.ts";
import type { Step } from "../setup/step.ts";
import type { DeployContext } from "./context.ts";

type Connected = (typeof CONNECTED)[number];

/** The variable of a function's role, and the output of the stack that it is read from. */
export function toRoleVariable(name: Connected): readonly [variable: string, output: string] {
  const output = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}RoleArn`;
  return [`${name.toUpperCase()}_ROLE_ARN`, output];
}

/** Reads an output of the deployed stack. */
export function toOutputStep(
  { aws, stage }: DeployContext,
  variable: string,
  output: string,
): Step {
  const query = `Stacks[0].Outputs[?OutputKey=='${output}'].OutputValue`;
  return {
    title: `Read ${output} of the stack`,
    command: `${aws} cloudformation describe-stacks --stack-name ${quoteWord(stage.prefix)} --query ${quoteWord(query)}`,
    capture: variable,
  };
}

/** Sets a variable to an output of the stack, or to nothing if the stack does not exist (any more). */
export function toLastOutputStep(
  { aws, stage }: DeployContext,
  variable: string,
  output: string,
): Step {
  const query = `Stacks[?StackName=='${stage.prefix}'].Outputs[] | [?OutputKey=='${output}'].OutputValue`;
  return {
    title: `Read ${output} of the stack, if it still exists`,
    // A list, because to describe a stack that is gone is an error like any other.
    command: `${aws} cloudformation describe-stacks --query ${quoteWord(query)}`,
    capture: variable,
    mayBeEmpty: true,
  };
}

/** The identities of functions and relay in an EKS cluster. */
export function toAccessSteps(deploy: DeployContext): readonly Step[] {
  if (findEksCluster(deploy.stage) === undefined) return [];
  const eks = toEks(deploy);
  const entries = CONNECTED.map((name): Step => {
    const principal = `--principal-arn "$${toRoleVariable(name)[0]}"`;
    const user = toUserName(deploy.stage, name);
    const named = `${principal} --username ${quoteWord(user)}`;
    const create = `${eks("create-access-entry")} ${named} --type STANDARD`;
    // One that exists may have another user name, to which no right is bound.
    const update = `${eks("update-access-entry")} ${named}`;
    return {
      title: `Let ${name} into the cluster as ${user}`,
      command: `${toFindEntry(deploy, name)} && if [ -n "$found" ]; then ${update}; else ${create}; fi`,
    };
  });
  return [...entries, ...toIdentitySteps(deploy)];
}

/** With IRSA the relay's role is an annotation of its ServiceAccount. */
function toIdentitySteps(deploy: DeployContext): readonly Step[] {
  if (deploy.stage.oidcProvider !== undefined) return [];
  const eks = toEks(deploy);
  const role = '--role-arn "$RELAY_ROLE_ARN"';
  const create = `${eks("create-pod-identity-association")} ${toAccount(deploy)} ${role}`;
  // One that a stack before this one has left names a role that is gone.
  const update = `${eks("update-pod-identity-association")} --association-id "$found" ${role}`;
  return [
    {
      title: "Give the relay its role (EKS Pod Identity)",
      command: `found=$(${toFindIdentity(deploy)}) && if [ -n "$found" ]; then ${update}; else ${create}; fi`,
    },
  ];
}

/** Takes the identities back; fails for none that is gone already. */
export function toNoAccessSteps(deploy: DeployContext): readonly Step[] {
  if (findEksCluster(deploy.stage) === undefined) return [];
  const eks = toEks(deploy);
  const identity = toFindIdentity(deploy);
  const association: Step = {
    title: "Take the relay's role away",
    command: `found=$(${identity}) && for id in $found; do ${eks("delete-pod-identity-association")} --association-id "$id" || exit 1; done`,
  };
  const entries = CONNECTED.map((name): Step => {
    const remove = `${eks("delete-access-entry")} --principal-arn "$arn"`;
    return {
      title: `Take the access of ${name} to the cluster away`,
      command: `${toFindLastEntries(deploy, name)} && for arn in $found; do ${remove} || exit 1; done`,
    };
  });
  return [...(deploy.stage.oidcProvider === undefined ? [association] : []), ...entries];
}

function toEks({ aws, stage }: DeployContext): (command: string) => string {
  const cluster = `--cluster-name ${quoteWord(stage.clusterName ?? "")}${toClusterOptions(stage)}`;
  return (command) => `${aws} eks ${command} ${cluster}`;
}

/** The option for a command about a cluster that is in another region than the stack; otherwise nothing. */
export function toClusterOptions({ clusterRegion, region }: DeployContext["stage"]): string {
  return clusterRegion === region ? "" : ` --region ${clusterRegion}`;
}

/** Sets `found` to the function's role if it has an access entry. It fails if that cannot be looked up, which is no "there is none". */
function toFindEntry(deploy: DeployContext, name: Connected): string {
  const query = `--query "accessEntries[?@=='$${toRoleVariable(name)[0]}']"`;
  return `found=$(${toEks(deploy)("list-access-entries")} ${query})`;
}

/**
 * Sets `found` to the access entries of the function's role: that of the stack, or, since the stack may be gone already, one that has the
 * name which CloudFormation gives to it.
 */
function toFindLastEntries(deploy: DeployContext, name: Connected): string {
  const [variable, output] = toRoleVariable(name);
  const role = `:role/${deploy.stage.prefix}-${output.replace(/Arn$/, "-")}`;
  const query = `accessEntries[?@=='$${variable}' || contains(@, '${role}')]`;
  return `found=$(${toEks(deploy)("list-access-entries")} --query "${query}")`;
}

function toAccount({ stage }: DeployContext): string {
  return `--namespace ${quoteWord(stage.namespace)} --service-account ${quoteWord(stage.serviceAccount)}`;
}

function toFindIdentity(deploy: DeployContext): string {
  return `${toEks(deploy)("list-pod-identity-associations")} ${toAccount(deploy)} --query 'associations[].associationId'`;
}
