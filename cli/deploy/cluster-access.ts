import { quoteWord } from "../setup/shell.ts";
import type { Step } from "../setup/step.ts";
import type { DeployContext } from "./context.ts";

/** The functions that connect to the cluster, each with an identity of its own. */
export const CONNECTED = ["normalize", "remediate", "sweep"] as const;

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

/** Whether AWS gives the identities of functions and relay to the cluster; otherwise docs/access.md says what to prepare. */
function isEks({ stage }: DeployContext): boolean {
  return stage.access === "eks" && stage.clusterName !== undefined;
}

/** The identities of functions and relay in an EKS cluster. */
export function toAccessSteps(deploy: DeployContext): readonly Step[] {
  if (!isEks(deploy)) return [];
  const eks = toEks(deploy);
  const entries = CONNECTED.map((name): Step => {
    const principal = `--principal-arn "$${toRoleVariable(name)[0]}"`;
    const create = `${eks("create-access-entry")} ${principal} --type STANDARD --username kubemend:${name}`;
    return {
      title: `Let ${name} into the cluster as kubemend:${name}`,
      command: `${toFindEntry(deploy, name)} && { [ -n "$found" ] || ${create}; }`,
    };
  });
  return [...entries, ...toIdentitySteps(deploy)];
}

/** With IRSA the relay's role is an annotation of its ServiceAccount. */
function toIdentitySteps(deploy: DeployContext): readonly Step[] {
  if (deploy.stage.oidcProvider !== undefined) return [];
  const create = `${toEks(deploy)("create-pod-identity-association")} ${toAccount(deploy)} --role-arn "$RELAY_ROLE_ARN"`;
  return [
    {
      title: "Give the relay its role (EKS Pod Identity)",
      command: `found=$(${toFindIdentity(deploy)}) && { [ -n "$found" ] || ${create}; }`,
    },
  ];
}

/** Takes the identities back; fails for none that is gone already. */
export function toNoAccessSteps(deploy: DeployContext): readonly Step[] {
  if (!isEks(deploy)) return [];
  const eks = toEks(deploy);
  const identity = toFindIdentity(deploy);
  const association: Step = {
    title: "Take the relay's role away",
    command: `found=$(${identity}) && for id in $found; do ${eks("delete-pod-identity-association")} --association-id "$id"; done`,
  };
  const entries = CONNECTED.map((name): Step => {
    const principal = `--principal-arn "$${toRoleVariable(name)[0]}"`;
    return {
      title: `Take the access of ${name} to the cluster away`,
      command: `${toFindEntry(deploy, name)} && { [ -z "$found" ] || ${eks("delete-access-entry")} ${principal}; }`,
    };
  });
  return [...(deploy.stage.oidcProvider === undefined ? [association] : []), ...entries];
}

function toEks({ aws, stage }: DeployContext): (command: string) => string {
  const region = stage.clusterRegion === stage.region ? "" : ` --region ${stage.clusterRegion}`;
  return (command) =>
    `${aws} eks ${command} --cluster-name ${quoteWord(stage.clusterName ?? "")}${region}`;
}

/** Sets `found` to the function's role if it has an access entry. It fails if that cannot be looked up, which is no "there is none". */
function toFindEntry(deploy: DeployContext, name: Connected): string {
  const query = `--query "accessEntries[?@=='$${toRoleVariable(name)[0]}']"`;
  return `found=$(${toEks(deploy)("list-access-entries")} ${query})`;
}

function toAccount({ stage }: DeployContext): string {
  return `--namespace ${quoteWord(stage.namespace)} --service-account ${quoteWord(stage.serviceAccount)}`;
}

function toFindIdentity(deploy: DeployContext): string {
  return `${toEks(deploy)("list-pod-identity-associations")} ${toAccount(deploy)} --query 'associations[].associationId'`;
}
