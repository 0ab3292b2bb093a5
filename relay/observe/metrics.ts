import type { WatchStatus } from "./watch-status.ts";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** The relay's counters. Labels are few and bounded: none is an object's name. */
export type RelayMetrics = {
  readonly registry: Registry;
  readonly changes: Counter<"resource" | "change">;
  readonly gaps: Counter<"resource">;
  readonly handoverGaps: Counter<"resource">;
  readonly lagSeconds: Histogram;
  readonly snapshots: Counter<"resource" | "cause" | "mode">;
  readonly interruptions: Counter<"resource" | "cause">;
  readonly fallbacks: Counter<"resource">;
  readonly confirmations: Counter<"resource" | "outcome">;
  readonly queueRequests: Counter<"outcome">;
  readonly queueRefusals: Counter<"code">;
  readonly unsendable: Counter<"resource" | "outcome">;
  readonly reloads: Counter<"outcome">;
  readonly epoch: Gauge;
};

/** Gauges whose values are read when the metrics are scraped. */
export type RelayReadings = {
  readonly buffered: () => { readonly objects: number; readonly bytes: number };
  readonly statuses: ReadonlyMap<string, WatchStatus>;
  readonly checkpointAgesMs: () => ReadonlyMap<string, number>;
};

const STATES = ["starting", "watching", "degraded", "forbidden", "absent", "refused"] as const;

/** From 5 ms, what a queue nearby takes, to the minutes of an outage. */
const LAG_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900];

/** The relay's metrics with their help texts, in a registry of their own. */
export function createRelayMetrics(readings: RelayReadings): RelayMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  registerReadings(registry, readings);
  return {
    registry,
    ...createWatchMetrics(registers),
    ...createChangeMetrics(registers),
    ...createQueueMetrics(registers),
    reloads: new Counter({
      name: "kubemend_relay_pipeline_reloads_total",
      help: "Changes of the pipeline file: accepted, or refused, in which case the previous pipeline stays in use.",
      labelNames: ["outcome"],
      registers,
    }),
    epoch: new Gauge({
      name: "kubemend_relay_epoch",
      help: "The epoch: raised at each start, at each takeover and after an etcd rollback.",
      registers,
    }),
  };
}

/** What the watches do. */
function createWatchMetrics(registers: Registry[]) {
  return {
    snapshots: new Counter({
      name: "kubemend_relay_snapshots_total",
      help: "Snapshots started, by resource, cause and mode.",
      labelNames: ["resource", "cause", "mode"],
      registers,
    }),
    interruptions: new Counter({
      name: "kubemend_relay_watch_interruptions_total",
      help: "Watch requests that ended, by resource and cause; closed is normal.",
      labelNames: ["resource", "cause"],
      registers,
    }),
    fallbacks: new Counter({
      name: "kubemend_relay_watchlist_fallbacks_total",
      help: "Times that a watch fell back from WatchList to LIST and WATCH.",
      labelNames: ["resource"],
      registers,
    }),
    confirmations: new Counter({
      name: "kubemend_relay_confirmations_total",
      help: "Questions about objects that a watch with a selector no longer shows, by answer: deleted, left, returned, unanswered (asked again), or refused (not asked again).",
      labelNames: ["resource", "outcome"],
      registers,
    }),
    handoverGaps: new Counter({
      name: "kubemend_relay_handover_gaps_total",
      help: "Handovers of a watch in which the cluster no longer had the history to find what the previous leader published: deletions may be missing.",
      labelNames: ["resource"],
      registers,
    }),
  };
}

/** What was delivered. */
function createChangeMetrics(registers: Registry[]) {
  return {
    changes: new Counter({
      name: "kubemend_relay_changes_total",
      help: "Changes that the queue has accepted, by resource and kind of change.",
      labelNames: ["resource", "change"],
      registers,
    }),
    gaps: new Counter({
      name: "kubemend_relay_gaps_total",
      help: "Accepted changes that were found by comparing a snapshot with the journal: states in between may be missing.",
      labelNames: ["resource"],
      registers,
    }),
    lagSeconds: new Histogram({
      name: "kubemend_relay_lag_seconds",
      help: "Time from reading a change from the socket until the queue accepted it.",
      buckets: LAG_BUCKETS,
      registers,
    }),
  };
}

/** What the queue answers. */
function createQueueMetrics(registers: Registry[]) {
  return {
    queueRequests: new Counter({
      name: "kubemend_relay_queue_requests_total",
      help: "Requests to the queue, by outcome: all entries accepted, some (partly), or none (refused).",
      labelNames: ["outcome"],
      registers,
    }),
    queueRefusals: new Counter({
      name: "kubemend_relay_queue_refusals_total",
      help: "Entries that the queue did not accept in an attempt, by reason; they are sent again.",
      labelNames: ["code"],
      registers,
    }),
    unsendable: new Counter({
      name: "kubemend_relay_unsendable_total",
      help: "Changes whose object the queue will never accept: sent as metadata (truncated) or given up.",
      labelNames: ["resource", "outcome"],
      registers,
    }),
  };
}

function registerReadings(registry: Registry, readings: RelayReadings): void {
  const registers = [registry];
  const objects: Gauge = new Gauge({
    name: "kubemend_relay_buffered_objects",
    help: "Changes that were read and not yet accepted by the queue.",
    registers,
    collect: () => objects.set(readings.buffered().objects),
  });
  const bytes: Gauge = new Gauge({
    name: "kubemend_relay_buffered_bytes",
    help: "Bytes of these changes; above its limit the relay stops reading.",
    registers,
    collect: () => bytes.set(readings.buffered().bytes),
  });
  const states: Gauge = new Gauge({
    name: "kubemend_relay_watch_state",
    help: "1 for the current state of a watch, 0 for the others.",
    labelNames: ["watch", "state"],
    registers,
    collect: () => {
      for (const [watch, status] of readings.statuses) {
        for (const state of STATES) states.set({ watch, state }, Number(state === status.state));
      }
    },
  });
  const ages: Gauge = new Gauge({
    name: "kubemend_relay_checkpoint_age_seconds",
    help: "Time since the checkpoint of a watch last moved; that of a quiet watch moves about once a minute.",
    labelNames: ["watch"],
    registers,
    collect: () => {
      for (const [watch, ageMs] of readings.checkpointAgesMs()) ages.set({ watch }, ageMs / 1000);
    },
  });
}
