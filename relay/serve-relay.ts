import type { Logger } from "pino";
import type { Journal } from "../adapters/journal/journal.ts";
import type { KubernetesClient } from "../adapters/kubernetes/http/client.ts";
import { createPipelineFileChanges } from "../adapters/pipeline-file-changes.ts";
import type { Sign } from "../adapters/signing/sign.ts";
import { createQueueClient } from "../adapters/sqs/client.ts";
import { sendBatch, type SendBatchDeps } from "../adapters/sqs/send-batch.ts";
import type { RelayConfig } from "./config.ts";
import { refuseLateSends } from "./delivery/fence-sends.ts";
import { createCandidate, type Candidate } from "./handover/candidate.ts";
import type { Leadership } from "./handover/leadership.ts";
import { serveHealth, type Readiness } from "./observe/health-server.ts";
import { createLeaseReport } from "./observe/lease-report.ts";
import { createRelayMetrics, type RelayMetrics } from "./observe/metrics.ts";
import { createReport, type Report } from "./observe/report.ts";
import { createRunState, type RunState } from "./observe/run-state.ts";
import { warnAbsent } from "./observe/warn-resource.ts";
import { ABSENT, STARTING, type WatchStatus } from "./observe/watch-status.ts";
import {
  runWithReload,
  type PlannedPipeline,
  type ReloadDeps,
  type ReloadReport,
} from "./plan/reload.ts";
import { relay } from "./relay.ts";
import { systemClock } from "./runtime/clock.ts";

export type ServeDeps = {
  readonly config: RelayConfig;
  readonly client: KubernetesClient;
  readonly sign: Sign;
  readonly journal: Journal;
  readonly log: Logger;
  readonly first: PlannedPipeline;
  /** Plans again on the same cluster. */
  readonly planPipeline: ReloadDeps["planPipeline"];
};

/**
 * Takes part in the election and runs one planned pipeline after the other, with metrics and health server, until the signal is aborted. Throws
 * what `relay` throws.
 */
export async function serveRelay(deps: ServeDeps, signal: AbortSignal): Promise<void> {
  const { config, log, first } = deps;
  const state = createRunState(first.watches.map(({ key }) => [key, STARTING]));
  const metrics = createMetrics(state);
  const { registry } = metrics;
  const clock = systemClock;
  const candidate = createCandidate({
    ...deps,
    lease: config.lease,
    times: config.leaseTimes,
    clock,
    createReport: (lease) => createLeaseReport({ log, registry, lease }),
  });
  const { leadership } = candidate;
  await using stack = new AsyncDisposableStack();
  const queue = openQueue(deps, leadership);
  stack.defer(() => queue.client.destroy());
  if (config.listen !== undefined) {
    const readiness = (): readonly Readiness[] => readReadiness(candidate, state);
    stack.use(await serveHealth(config.listen, { registry, readiness }));
  }
  const reportFor = ({ watches }: PlannedPipeline): Report & ReloadReport =>
    createReport({ log, metrics, watches, wallMs: clock.wallMs });
  const run = async (plan: PlannedPipeline, stop: AbortSignal): Promise<void> => {
    while (!stop.aborted) {
      await runPlan({ ...deps, queue, state, leadership, report: reportFor(plan) }, plan, stop);
    }
  };
  const reload: ReloadDeps = {
    path: config.pipelineFile,
    changes: createPipelineFileChanges(config.pipelineFile),
    planPipeline: deps.planPipeline,
    absentKeys: () => findAbsent(state.statuses),
    clock,
    report: reportFor(first),
  };
  await candidate.during((stop) => runWithReload(reload, first, run, stop), signal);
}

/** The client of the queue checks before each attempt that this relay may still send. */
function openQueue({ config, sign }: ServeDeps, leadership: Leadership): SendBatchDeps {
  const beforeAttempt = (): void => refuseLateSends(leadership);
  const client = createQueueClient({ endpoint: config.queueEndpoint, beforeAttempt });
  return { client, queueUrl: config.changesQueueUrl, sign };
}

/** One run from the journal, until it is stopped or must restart. */
async function runPlan(
  deps: ServeDeps & {
    readonly queue: SendBatchDeps;
    readonly state: RunState;
    readonly leadership: Leadership;
    readonly report: Report;
  },
  plan: PlannedPipeline,
  stop: AbortSignal,
): Promise<void> {
  const { client, config, journal, leadership, log, queue, report, state } = deps;
  const { statuses, checkpointMovedAtMs } = state;
  const keys = plan.watches.map(({ key }) => key);
  for (const map of [statuses, checkpointMovedAtMs]) map.clear();
  for (const key of keys) statuses.set(key, STARTING);
  for (const watch of plan.absent ?? []) {
    statuses.set(watch.key, ABSENT);
    warnAbsent(log, watch);
  }
  log.info({ watches: keys, server: client.server }, "relay started");
  // Changes that the previous plan has not sent are found again, from the checkpoints.
  await relay(
    {
      client,
      clock: systemClock,
      times: config,
      watches: plan.watches,
      journal,
      leadership,
      send: (entries, drain) => sendBatch(queue, entries, drain),
      state,
      report,
    },
    stop,
  );
}

function createMetrics(state: RunState): RelayMetrics {
  return createRelayMetrics({
    buffered: () => state.buffered(),
    statuses: state.statuses,
    checkpointAgesMs: () =>
      new Map(
        Array.from(state.checkpointMovedAtMs, ([key, at]) => [key, systemClock.nowMs() - at]),
      ),
  });
}

function readReadiness(candidate: Candidate, { statuses }: RunState): readonly Readiness[] {
  return [
    readLeaseReadiness(candidate),
    ...Array.from(statuses, ([watch, status]) => ({ watch, ...status })),
  ];
}

function readLeaseReadiness(candidate: Candidate): Readiness {
  const problem = candidate.problem();
  if (problem !== undefined) {
    return { watch: "lease", state: `cannot be acquired: ${problem}`, ready: false };
  }
  const ready = candidate.isKnown();
  return { watch: "lease", state: ready ? "known" : "unknown", ready };
}

function findAbsent(statuses: ReadonlyMap<string, WatchStatus>): ReadonlySet<string> {
  return new Set([...statuses].flatMap(([key, { state }]) => (state === "absent" ? [key] : [])));
}
