import { pino, type Logger } from "pino";
import { isKubemendError, KubemendError } from "../core/errors.ts";
import type { Pipeline } from "../core/pipeline/pipeline.ts";
import { openJournal } from "../adapters/journal/open-journal.ts";
import type { KubernetesClient } from "../adapters/kubernetes/http/client.ts";
import { readClusterUid } from "../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { readPipelineFile } from "../adapters/pipeline-file.ts";
import { formatIssues } from "../adapters/pipeline-issues.ts";
import { createKeyFile } from "../adapters/signing/key-file.ts";
import { createSign, type Sign } from "../adapters/signing/sign.ts";
import { NO_SIGNING_KEYS } from "../adapters/signing/signing-keys.ts";
import { checkFifoQueue } from "../adapters/sqs/check-queue.ts";
import { createQueueClient } from "../adapters/sqs/client.ts";
import { boundHeap } from "./runtime/v8-heap.ts";
import { systemClock } from "./runtime/clock.ts";
import { readRelayConfig, type RelayConfig, type RelayOptions } from "./config.ts";
import { createClusterPlanner } from "./plan/plan-cluster.ts";
import { serveRelay } from "./serve-relay.ts";
import type { PlannedPipeline, ReloadDeps } from "./plan/reload.ts";
import { createLogStream } from "./observe/log-stream.ts";
import { warnUnordered } from "./observe/warn-resource.ts";

/**
 * The relay as a process runs it: checks everything that it needs, then relays until the signal is aborted, and ends within 10 s of
 * that. Resolves with false if it was stopped before it had begun. Throws a KubemendError whose message names what is wrong and what
 * to do; then nothing was sent.
 */
export async function runRelay(options: RelayOptions, signal: AbortSignal): Promise<boolean> {
  const config = readRelayConfig(options);
  boundHeap();
  const pipeline = await readPipeline(config.pipelineFile);
  const sign = await openSign(config);
  await using stack = new AsyncDisposableStack();
  const client = await connectKubeConfig({ kubeconfig: config.kubeconfig });
  stack.defer(() => client.close());
  const log = createLogger();
  const prepared = await prepare({ config, pipeline, client, log }, signal);
  if (prepared === undefined) return false;
  const journal = openJournal({ stateDir: config.stateDir, clusterUid: prepared.clusterUid });
  stack.defer(() => journal.close());
  const { first, planPipeline } = prepared;
  await serveRelay({ config, client, sign, journal, log, first, planPipeline }, signal);
  log.info("relay stopped");
  return true;
}

/** Reads the keys at once, so that a wrong file is reported at the start. */
async function openSign({ signingKeyFile: file }: RelayConfig): Promise<Sign> {
  const keys = file === undefined ? NO_SIGNING_KEYS : createKeyFile(file, systemClock.nowMs);
  await keys.current();
  return createSign(keys, "changes");
}

type Prepared = {
  readonly clusterUid: string;
  readonly first: PlannedPipeline;
  /** Asks the same cluster again. */
  readonly planPipeline: ReloadDeps["planPipeline"];
};

/** Checks queue and cluster and reads what the relay needs of them; undefined if it was stopped meanwhile. */
async function prepare(
  deps: {
    readonly config: RelayConfig;
    readonly pipeline: Pipeline;
    readonly client: KubernetesClient;
    readonly log: Logger;
  },
  signal: AbortSignal,
): Promise<Prepared | undefined> {
  try {
    await checkQueue(deps.config, signal);
    const clusterUid = await readIdentity(deps.client, signal);
    const { client, log } = deps;
    const refreshIntervalMs = deps.config.backoffMaxMs;
    const planPipeline = createClusterPlanner({
      client,
      clusterUid,
      discovery: createDiscovery({ client, now: systemClock.nowMs, refreshIntervalMs }),
      unordered: (resource, origin) => warnUnordered(log, resource, origin),
    });
    return { clusterUid, first: await planPipeline(deps.pipeline, signal), planPipeline };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function checkQueue(config: RelayConfig, signal: AbortSignal): Promise<void> {
  const client = createQueueClient({ endpoint: config.queueEndpoint });
  try {
    await checkFifoQueue({ client, queueUrl: config.changesQueueUrl }, signal);
  } finally {
    client.destroy();
  }
}

/** JSON lines on stdout, written synchronously: nothing that was logged before a crash is lost. */
function createLogger(): Logger {
  const options = { base: { name: "kubemend-relay" }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, createLogStream(1));
}

async function readPipeline(path: string): Promise<Pipeline> {
  const file = await readPipelineFile(path);
  if (file.ok) return file.value.pipeline;
  const lines = formatIssues(path, file.error);
  throw new KubemendError("InvalidPipeline", lines, { retryable: false });
}

async function readIdentity(client: KubernetesClient, signal: AbortSignal): Promise<string> {
  try {
    return await readClusterUid(client, signal);
  } catch (error) {
    if (!isKubemendError(error, "Forbidden")) throw error;
    throw new KubemendError(
      "Forbidden",
      'the relay may not get the namespace kube-system, whose uid names the cluster: add {apiGroups: [""], resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"]} to its ClusterRole',
      { retryable: false, cause: error, status: 403 },
    );
  }
}
