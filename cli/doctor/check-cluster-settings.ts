import { readField } from "../../core/json/read-json.ts";
import type { Stage } from "../setup/stage.ts";
import type { ReadAws } from "./aws.ts";
import { AGAIN, failed, passed, skipped, unread, type Check, type Finding } from "./finding.ts";

type Named = Pick<Stage, "clusterEndpoint" | "namespace" | "serviceAccount" | "oidcProvider"> & {
  readonly clusterName: string;
};

export const ACCOUNT = "AWS account";
const ENTRIES = "access entries";
const IDENTITY = "relay's AWS identity";
const AGENT = "eks-pod-identity-agent";

/**
 * Asks EKS about the cluster of the settings: whether this account has it, whether it takes access entries, and, without IRSA, whether
 * the relay's Pods get their role. `aws` asks in the cluster's region, `readRole` reads the relay's role from the outputs of the stack.
 */
export function checkClusterSettings(
  aws: ReadAws,
  stage: Named,
  readRole: () => Promise<string | undefined>,
): Check {
  return async () => {
    const { clusterName, clusterEndpoint } = stage;
    const read = await aws(["eks", "describe-cluster", "--name", clusterName]);
    if (!read.ok) {
      const fix = "name the profile of the right account with AWS_PROFILE in the settings";
      return [unread(ACCOUNT, read.error, fix)];
    }
    const cluster = readField(read.value, "cluster");
    return [
      describeAccount(readField(cluster, "endpoint"), clusterEndpoint),
      describeMode(readField(cluster, "accessConfig", "authenticationMode"), clusterName),
      ...(stage.oidcProvider === undefined
        ? [await checkPodIdentity(aws, stage, cluster, await readRole())]
        : []),
    ];
  };
}

function describeAccount(found: unknown, expected: string | undefined): Finding {
  const wanted = expected?.replace(/\/$/, "");
  if (wanted === undefined || found === wanted) {
    return passed(ACCOUNT, "it has the cluster of the settings");
  }
  return failed(
    ACCOUNT,
    `its cluster of this name is ${String(found)}, and KUBEMEND_EKS_ENDPOINT is ${wanted}`,
    "name the profile of the right account with AWS_PROFILE in the settings, or correct the address",
  );
}

function describeMode(mode: unknown, cluster: string): Finding {
  if (mode === "API" || mode === "API_AND_CONFIG_MAP") return passed(ENTRIES, `taken (${mode})`);
  return failed(
    ENTRIES,
    `the cluster takes none: its authentication mode is ${String(mode)}`,
    `aws eks update-cluster-config --name ${cluster} --access-config authenticationMode=API_AND_CONFIG_MAP, which cannot be undone`,
  );
}

async function checkPodIdentity(
  aws: ReadAws,
  { clusterName, namespace, serviceAccount }: Named,
  cluster: unknown,
  role: string | undefined,
): Promise<Finding> {
  const at = ["--cluster-name", clusterName];
  const account = ["--namespace", namespace, "--service-account", serviceAccount];
  const list = await aws(["eks", "list-pod-identity-associations", ...at, ...account]);
  if (!list.ok) return unread(IDENTITY, list.error, AGAIN);
  const id = readFirst(readField(list.value, "associations"), "associationId");
  const fix = "kubemend deploy makes it; docs/deployment.md has the command";
  if (id === undefined) {
    return failed(IDENTITY, `${namespace}/${serviceAccount} has no association`, fix);
  }
  const one = await aws([
    "eks",
    "describe-pod-identity-association",
    ...at,
    "--association-id",
    id,
  ]);
  if (!one.ok) return unread(IDENTITY, one.error, AGAIN);
  const found = readField(one.value, "association", "roleArn");
  if (role !== undefined && found !== role) {
    return failed(IDENTITY, `the association is of ${String(found)} instead of ${role}`, fix);
  }
  return checkAgent(aws, at, cluster);
}

/** Clusters in Auto Mode have the agent built in. */
async function checkAgent(aws: ReadAws, at: readonly string[], cluster: unknown): Promise<Finding> {
  const right = passed(IDENTITY, "the association gives the relay its role");
  if (readField(cluster, "computeConfig", "enabled") === true) return right;
  const addon = await aws(["eks", "describe-addon", ...at, "--addon-name", AGENT]);
  if (addon.ok) {
    const status = readField(addon.value, "addon", "status");
    if (status === "ACTIVE") return right;
    return failed(
      IDENTITY,
      `the add-on ${AGENT} is ${String(status)}`,
      `look at it: aws eks describe-addon ${at.join(" ")} --addon-name ${AGENT}`,
    );
  }
  if (addon.error.isDenied) return skipped(IDENTITY, addon.error.reason);
  return failed(
    IDENTITY,
    `the cluster has no add-on ${AGENT}, without which Pods get no role`,
    `aws eks create-addon ${at.join(" ")} --addon-name ${AGENT}, or use IRSA: docs/deployment.md`,
  );
}

function readFirst(list: unknown, field: string): string | undefined {
  const value = Array.isArray(list) ? readField(list[0] as unknown, field) : undefined;
  return typeof value === "string" ? value : undefined;
}
