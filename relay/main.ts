import { destination, pino, type Logger } from "pino";
import { isKubemendError, KubemendError } from "../core/errors.ts";
import type { Pipeline } from "../core/pipeline/pipeline.ts";
import type { Journal } from "../adapters/journal/journal.ts";
import { openJournal } from "../adapters/journal/open-journal.ts";
import type { KubernetesClient } from "../adapters/kubernetes/http/client.ts";
import { readClusterUid } from "../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { readPipelineFile } from "../adapters/pipeline-file.ts";
import { createPipelineFileChanges } from "../adapters/pipeline-file-changes.ts";
import { checkFifoQueue } from "../adapters/sqs/check-queue.ts";
import { createQueueClient } from "../adapters/sqs/client.ts";
import { sendBatch, type SendBatchDeps } from "../adapters/sqs/send-batch.ts";
import { boundHeap } from "./runtime/v8-heap.ts";
import { ChangeBuffer, type BufferLimits } from "./delivery/buffer.ts";
import { systemClock } from "./runtime/clock.ts";
import { readRelayConfig, type RelayConfig, type RelayOptions } from "./config.ts";
import { refuseLateSends } from "./lease/fence.ts";
import { createElection } from "./handover/election.ts";
import type { Leadership } from "./handover/leadership.ts";
import { createRelayMetrics } from "./observe/metrics.ts";
import { serveHealth, type Readiness } from "./observe/health-server.ts";
import { describePipelineIssues } from "./plan/pipeline-issues.ts";
import { createClusterPlanner } from "./plan/plan-cluster.ts";
import { relay } from "./relay.ts";
import { runWithReload, type Plan, type ReloadDeps, type ReloadReport } from "./plan/reload.ts";
import { createRenderer, renewEpoch } from "./delivery/render-message.ts";
import { createReport, type Report } from "./observe/report.ts";
import { warnAbsent, warnUnordered } from "./observe/warn-resource.ts";
import { ABSENT, STARTING, type WatchStatus } from "./observe/watch-status.ts";

/** Above either limit the relay stops reading: an outage of the queue costs this much memory, and no more. */
export const BUFFER_LIMITS: BufferLimits = { maxObjects: 10_000, maxBytes: 64 * 1024 * 1024 };

/**
 * The relay as a process runs it: checks everything that it needs, then relays until the signal is aborted, and ends within 10 s of
 * that. Throws a KubemendError whose message names what is wrong and what to do; then nothing was sent.
 */
export async function runRelay(options: RelayOptions, signal: AbortSignal): Promise<void> {
  const config = readRelayConfig(options);
  boundHeap();
  const pipeline = await readPipeline(config.pipelineFile);
  await using stack = new AsyncDisposableStack();
  const fence: { leadership?: Leadership } = {};
  const beforeAttempt = (): void => {
    if (fence.leadership !== undefined) refuseLateSends(fence.leadership);
  };
  const queue = {
    client: createQueueClient({ endpoint: config.queueEndpoint, beforeAttempt }),
    queueUrl: config.changesQueueUrl,
  };
  stack.defer(() => queue.client.destroy());
  const client = await connectKubeConfig({ kubeconfig: config.kubeconfig });
  stack.defer(() => client.close());
  const log = createLogger();
  const prepared = await prepare({ config, pipeline, client, queue, log }, signal);
  if (prepared === undefined) return;
  const journal = openJournal({ stateDir: config.stateDir, clusterUid: prepared.clusterUid });
  stack.defer(() => journal.close());
  await serve({ config, client, queue, journal, prepared, log, fence }, signal);
}

type Prepared = {
  readonly clusterUid: string;
  readonly first: Plan;
  /** Asks the same cluster again. */
  readonly plan: ReloadDeps["plan"];
};

/** Checks queue and cluster and reads what the relay needs of them; undefined if it was stopped meanwhile. */
async function prepare(
  deps: {
    readonly config: RelayConfig;
    readonly pipeline: Pipeline;
    readonly client: KubernetesClient;
    readonly queue: SendBatchDeps;
    readonly log: Logger;
  },
  signal: AbortSignal,
): Promise<Prepared | undefined> {
  try {
    await checkFifoQueue(deps.queue, signal);
    const clusterUid = await readIdentity(deps.client, signal);
    const { client, log } = deps;
    const refreshIntervalMs = deps.config.backoffMaxMs;
    const plan = createClusterPlanner({
      client,
      clusterUid,
      discovery: createDiscovery({ client, now: systemClock.nowMs, refreshIntervalMs }),
      unordered: (resource, origin) => warnUnordered(log, resource, origin),
    });
    return { clusterUid, first: await plan(deps.pipeline, signal), plan };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function serve(
  deps: {
    readonly config: RelayConfig;
    readonly client: KubernetesClient;
    readonly queue: SendBatchDeps;
    readonly journal: Journal;
    readonly prepared: Prepared;
    readonly log: Logger;
    /** The queue's client checks it before each attempt. */
    readonly fence: { leadership?: Leadership };
  },
  signal: AbortSignal,
): Promise<void> {
  const { config, journal, prepared, client, log } = deps;
  const { watches } = prepared.first;
  const statuses = new Map<string, WatchStatus>(watches.map(({ key }) => [key, STARTING]));
  const checkpointMovedAtMs = new Map<string, number>();
  const buffered = { size: (): ReturnType<ChangeBuffer["size"]> => ({ objects: 0, bytes: 0 }) };
  const metrics = createRelayMetrics({
    buffered: () => buffered.size(),
    statuses,
    checkpointAgesMs: () =>
      new Map(Array.from(checkpointMovedAtMs, ([key, at]) => [key, systemClock.nowMs() - at])),
  });
  const clock = systemClock;
  const { registry } = metrics;
  const election = createElection({
    lease: config.lease,
    times: config.leaseTimes,
    client,
    journal,
    clock,
    log,
    registry,
  });
  const { leadership } = election;
  deps.fence.leadership = leadership;
  const reportFor = (plan: Plan): Report & ReloadReport =>
    createReport({ log, metrics, watches: plan.watches, wallMs: systemClock.wallMs });
  await using stack = new AsyncDisposableStack();
  if (config.listen !== undefined) {
    const readiness = (): readonly Readiness[] => [
      {
        watch: "lease",
        state: election.isKnown() ? "known" : "unknown",
        ready: election.isKnown(),
      },
      ...Array.from(statuses, ([watch, status]) => ({ watch, ...status })),
    ];
    stack.use(await serveHealth(config.listen, { registry, readiness }));
  }
  /** One run from the journal, until it is stopped or must restart. */
  const live = async (plan: Plan, stop: AbortSignal): Promise<void> => {
    const keys = plan.watches.map(({ key }) => key);
    for (const shown of [statuses, checkpointMovedAtMs]) shown.clear();
    for (const key of keys) statuses.set(key, STARTING);
    for (const watch of plan.absent ?? []) {
      statuses.set(watch.key, ABSENT);
      warnAbsent(log, watch);
    }
    // What the previous plan has not sent is found again, from the checkpoints.
    const renderer = createRenderer(plan.watches, () => journal.epoch());
    const buffer = new ChangeBuffer(BUFFER_LIMITS, renderer);
    buffered.size = () => buffer.size();
    log.info({ watches: keys, server: client.server }, "relay started");
    await relay(
      {
        client,
        clock,
        times: config,
        watches: plan.watches,
        journal,
        buffer,
        leadership,
        renewEpoch,
        send: (entries, drain) => sendBatch(deps.queue, entries, drain),
        statuses,
        checkpointMovedAtMs,
        report: reportFor(plan),
      },
      stop,
    );
  };
  const run = async (plan: Plan, stop: AbortSignal): Promise<void> => {
    while (!stop.aborted) await live(plan, stop);
  };
  const reload: ReloadDeps = {
    path: config.pipelineFile,
    changes: createPipelineFileChanges(config.pipelineFile),
    plan: prepared.plan,
    absentKeys: () => findAbsent(statuses),
    clock,
    report: reportFor(prepared.first),
  };
  await election.during((stop) => runWithReload(reload, prepared.first, run, stop), signal);
  log.info("relay stopped");
}

function findAbsent(statuses: ReadonlyMap<string, WatchStatus>): ReadonlySet<string> {
  return new Set([...statuses].flatMap(([key, { state }]) => (state === "absent" ? [key] : [])));
}

/** JSON lines on stdout, written synchronously: nothing that was logged before a crash is lost. */
function createLogger(): Logger {
  const options = { base: { name: "kubemend-relay" }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination({ fd: 1, sync: true }));
}

async function readPipeline(path: string): Promise<Pipeline> {
  const file = await readPipelineFile(path);
  if (file.ok) return file.value.pipeline;
  const lines = describePipelineIssues(path, file.error);
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
