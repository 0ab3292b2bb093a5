import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { readQueueSettings } from "../../sandbox/queues/queue-settings.ts";
import { readFunctionSettings } from "../../sandbox/runtime/function-settings.ts";
import { findEksCluster, type Stage } from "../setup/stage.ts";
import { createReadAws, type ReadAws } from "./aws.ts";
import { ACCOUNT, checkClusterSettings } from "./check-cluster-settings.ts";
import { checkFunctions } from "./check-functions.ts";
import { checkRelayQueue, checkSigningKeys, KEYS, QUEUE } from "./check-relay-settings.ts";
import { runCheck, skipped, type Check, type Finding } from "./finding.ts";
import { readQueueUrl, readStackOutput } from "./read-stack.ts";

/** The settings that AWS and the cluster must have alike. */
export async function checkInstallation(
  stage: Stage,
  {
    aws,
    client,
  }: {
    readonly aws: ReadAws;
    /** The cluster, or the reason why there is none; undefined: no relay of the chart is expected. */
    readonly client: KubernetesClient | { readonly unknown: string } | undefined;
  },
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings = await checkCluster(stage, aws, signal);
  if (client === undefined) return findings;
  if ("unknown" in client) {
    return [...findings, ...[QUEUE, KEYS].map((name) => skipped(name, client.unknown))];
  }
  const readUrl = (): Promise<string | undefined> =>
    readQueueUrl(aws, `${stage.prefix}-changes.fifo`);
  const queue = checkRelayQueue(client, stage.namespace, readUrl);
  return [
    ...findings,
    ...(await runCheck(QUEUE, queue, signal)),
    ...(await runCheck(KEYS, checkSigningKeys(client, aws, stage), signal)),
  ];
}

async function checkCluster(
  stage: Stage,
  aws: ReadAws,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const cluster = openCluster(stage, signal);
  if (cluster === undefined) return [];
  const readRole = (): Promise<string | undefined> =>
    readStackOutput(aws, stage.prefix, "RelayRoleArn");
  const named = { ...stage, clusterName: cluster.name };
  return runCheck(ACCOUNT, checkClusterSettings(cluster.aws, named, readRole), signal);
}

/** Whether the functions of a stage are as its files say. */
export function checkStackFunctions(stage: Stage, aws: ReadAws, signal: AbortSignal): Check {
  const { prefix, namespace } = stage;
  const root = findProjectRoot();
  const queues = new Map(readQueueSettings(root).map(({ key, name }) => [key, name]));
  const opened = openCluster(stage, signal);
  const cluster = opened === undefined ? undefined : { ...opened, namespace };
  return checkFunctions({ aws, prefix, queues, cluster }, readFunctionSettings(root));
}

/** The cluster that the functions enter by access entries, and a reader in its region; undefined if they have another access. */
function openCluster(
  stage: Stage,
  signal: AbortSignal,
): { readonly name: string; readonly aws: ReadAws } | undefined {
  const name = findEksCluster(stage);
  if (name === undefined) return undefined;
  const { clusterRegion: region, profile } = stage;
  return { name, aws: createReadAws({ region, profile }, signal) };
}
