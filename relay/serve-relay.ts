import type { Logger } from "pino";
import type { Journal } from "../adapters/journal/journal.ts";
import type { KubernetesClient } from "../adapters/kubernetes/http/client.ts";
import { createPipelineFileChanges } from "../adapters/pipeline-file-changes.ts";
import { sendBatch, type SendBatchDeps } from "../adapters/sqs/send-batch.ts";
import type { RelayConfig } from "./config.ts";
import { ChangeBuffer, type BufferLimits } from "./delivery/buffer.ts";
import { createRenderer, renewEpoch } from "./delivery/render-message.ts";
import { createElection, type Election } from "./handover/election.ts";
import type { Leadership } from "./handover/leadership.ts";
import { serveHealth, type Readiness } from "./observe/health-server.ts";
import { createRelayMetrics, type RelayMetrics } from "./observe/metrics.ts";
import { createReport, type Report } from "./observe/report.ts";
import { warnAbsent } from "./observe/warn-resource.ts";
import { ABSENT, STARTING, type WatchStatus } from "./observe/watch-status.ts";
import { runWithReload, type Plan, type ReloadDeps, type ReloadReport } from "./plan/reload.ts";
import { relay } from "./relay.ts";
import { systemClock } from "./runtime/clock.ts";

/** Above either limit the relay stops reading: an outage of the queue costs this much memory, and no more. */
export const BUFFER_LIMITS: BufferLimits = { maxObjects: 10_000, maxBytes: 64 * 1024 * 1024 };

export type ServeDeps = {
  readonly config: RelayConfig;
  readonly client: KubernetesClient;
  readonly queue: SendBatchDeps;
  readonly journal: Journal;
  readonly log: Logger;
  readonly first: Plan;
  /** Plans again on the same cluster. */
  readonly plan: ReloadDeps["plan"];
  /** The queue's client checks it before each attempt. */
  readonly fence: { leadership?: Leadership };
};

/** What the health server and the metrics show of the plan that runs. */
type Shown = {
  readonly statuses: Map<string, WatchStatus>;
  readonly checkpointMovedAtMs: Map<string, number>;
  buffered: () => { readonly objects: number; readonly bytes: number };
};

/**
 * Takes part in the election and runs one plan after the other, with metrics and health server, until the signal is aborted. Throws
 * what `relay` throws.
 */
export async function serveRelay(deps: ServeDeps, signal: AbortSignal): Promise<void> {
  const { config, client, journal, log, first } = deps;
  const shown: Shown = {
    statuses: new Map(first.watches.map(({ key }) => [key, STARTING])),
    checkpointMovedAtMs: new Map(),
    buffered: () => ({ objects: 0, bytes: 0 }),
  };
  const metrics = createMetrics(shown);
  const { registry } = metrics;
  const { lease, leaseTimes: times } = config;
  const clock = systemClock;
  const election = createElection({ lease, times, client, journal, clock, log, registry });
  deps.fence.leadership = election.leadership;
  await using stack = new AsyncDisposableStack();
  if (config.listen !== undefined) {
    const readiness = (): readonly Readiness[] => readReadiness(election, shown);
    stack.use(await serveHealth(config.listen, { registry, readiness }));
  }
  const reportFor = ({ watches }: Plan): Report & ReloadReport =>
    createReport({ log, metrics, watches, wallMs: clock.wallMs });
  const run = async (plan: Plan, stop: AbortSignal): Promise<void> => {
    const { leadership } = election;
    while (!stop.aborted) {
      await runPlan({ ...deps, shown, leadership, report: reportFor(plan) }, plan, stop);
    }
  };
  const reload: ReloadDeps = {
    path: config.pipelineFile,
    changes: createPipelineFileChanges(config.pipelineFile),
    plan: deps.plan,
    absentKeys: () => findAbsent(shown.statuses),
    clock,
    report: reportFor(first),
  };
  await election.during((stop) => runWithReload(reload, first, run, stop), signal);
}

/** One run from the journal, until it is stopped or must restart. */
async function runPlan(
  deps: ServeDeps & {
    readonly shown: Shown;
    readonly leadership: Leadership;
    readonly report: Report;
  },
  plan: Plan,
  stop: AbortSignal,
): Promise<void> {
  const { client, config, journal, log, queue, shown } = deps;
  const { statuses, checkpointMovedAtMs } = shown;
  const keys = plan.watches.map(({ key }) => key);
  for (const map of [statuses, checkpointMovedAtMs]) map.clear();
  for (const key of keys) statuses.set(key, STARTING);
  for (const watch of plan.absent ?? []) {
    statuses.set(watch.key, ABSENT);
    warnAbsent(log, watch);
  }
  // What the previous plan has not sent is found again, from the checkpoints.
  const renderer = createRenderer(plan.watches, () => journal.epoch());
  const buffer = new ChangeBuffer(BUFFER_LIMITS, renderer);
  shown.buffered = () => buffer.size();
  log.info({ watches: keys, server: client.server }, "relay started");
  await relay(
    {
      client,
      clock: systemClock,
      times: config,
      watches: plan.watches,
      journal,
      buffer,
      leadership: deps.leadership,
      renewEpoch,
      send: (entries, drain) => sendBatch(queue, entries, drain),
      statuses,
      checkpointMovedAtMs,
      report: deps.report,
    },
    stop,
  );
}

function createMetrics(shown: Shown): RelayMetrics {
  return createRelayMetrics({
    buffered: () => shown.buffered(),
    statuses: shown.statuses,
    checkpointAgesMs: () =>
      new Map(
        Array.from(shown.checkpointMovedAtMs, ([key, at]) => [key, systemClock.nowMs() - at]),
      ),
  });
}

function readReadiness(election: Election, { statuses }: Shown): readonly Readiness[] {
  return [
    readLeaseReadiness(election),
    ...Array.from(statuses, ([watch, status]) => ({ watch, ...status })),
  ];
}

function readLeaseReadiness(election: Election): Readiness {
  const problem = election.problem();
  if (problem !== undefined) {
    return { watch: "lease", state: `cannot be acquired: ${problem}`, ready: false };
  }
  const ready = election.isKnown();
  return { watch: "lease", state: ready ? "known" : "unknown", ready };
}

function findAbsent(statuses: ReadonlyMap<string, WatchStatus>): ReadonlySet<string> {
  return new Set([...statuses].flatMap(([key, { state }]) => (state === "absent" ? [key] : [])));
}
