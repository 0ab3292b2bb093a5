import { setTimeout as delay } from "node:timers/promises";
import { createWakeGroup } from "../../adapters/alert-groups/wake-group.ts";
import { createGuardStore } from "../../adapters/kubernetes/guards/guards.ts";
import { createLeaseStore } from "../../adapters/kubernetes/lease/lease.ts";
import { createMirrorStore } from "../../adapters/kubernetes/mirror/mirror-store.ts";
import { readRecordPages } from "../../adapters/kubernetes/remediation/record-pages.ts";
import { createRecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import type { Telemetry } from "../../adapters/lambda/telemetry.ts";
import type { SendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { describeError } from "../../core/errors.ts";
import { compareMirrors, type CompareMirrorsDeps } from "./compare-mirrors.ts";
import type { SweepConfig } from "./config.ts";
import type { PassDeps } from "./pass.ts";
import { sweep, type SweepState } from "./sweep.ts";
import { sweepGroups, type GroupSweepState } from "./sweep-groups.ts";
import type { SweepReport } from "./tally.ts";
import { wakeGuards } from "./wake-guards.ts";
import { watchRelay, type RelayState } from "./watch-relay.ts";

/** Reserved for the records of the last page. */
const LAST_PAGE_MS = 5_000;
/** People wait for alerts, so their groups come first; but the records get most of the time. */
const GROUPS_MS = 10_000;

type ClusterSweepDeps = Pick<CompareMirrorsDeps, "pipeline" | "clusterUid" | "send"> & {
  readonly client: KubernetesClient;
  /** In lines of the log, if there are several clusters. */
  readonly name?: string | undefined;
  readonly config: SweepConfig;
  readonly telemetry: Pick<Telemetry, "count" | "logger">;
  readonly sendWakeup: SendWakeup;
};

export type SweepTime = { readonly remainingMs: number; readonly signal: AbortSignal };

/** Sweeps one cluster; a call is one run, which continues at the place at which the last one stopped. Throws if records cannot be listed. */
export type ClusterSweep = (time: SweepTime) => Promise<SweepReport>;

const now = (): number => Date.now();

export function createClusterSweep(deps: ClusterSweepDeps): ClusterSweep {
  const { client, config, sendWakeup } = deps;
  const namespace = config.KUBEMEND_RECORD_NAMESPACE;
  const records: PassDeps = {
    client,
    records: createRecordStore({ client, namespace }),
    pages: (selection, signal) => readRecordPages({ client, namespace }, selection, signal),
    sendWakeup,
    now,
  };
  const lease = config.KUBEMEND_RELAY_LEASE;
  const relayLease =
    lease === undefined ? undefined : createLeaseStore({ client, ...lease, wallMs: now });
  const care = createCare(deps);
  const state: SweepState = {};
  return async ({ remainingMs, signal }) => {
    const relay = relayLease === undefined ? undefined : watchRelay(relayLease, pause, signal);
    try {
      await care.forThoseWaiting(signal);
      await care.forMirrors(signal);
      await care.forMoves(signal);
      const deadlineMs = now() + Math.max(0, remainingMs - LAST_PAGE_MS);
      await care.forGroups(signal);
      const report = await sweep(records, state, { deadlineMs, signal });
      reportRecords(report, deps);
      return report;
    } finally {
      if (relay !== undefined) reportRelay(await relay, deps);
    }
  };
}

function reportRecords(report: SweepReport, { telemetry, name: cluster }: ClusterSweepDeps): void {
  telemetry.count("Records", report.records);
  telemetry.count("Woken", report.woken);
  telemetry.count("Compacted", report.compacted);
  telemetry.count("Deleted", report.deleted);
  telemetry.count("Left", report.left);
  if (report.left === 0) return;
  const { left, problems } = report;
  telemetry.logger.warn("records were left as they are", { cluster, left, problems });
}

/** The alerts, guards, mirrors and moves of the cluster: trouble with them does not keep the records from being swept. */
function createCare(deps: ClusterSweepDeps) {
  const { client, config, telemetry, sendWakeup, name: cluster } = deps;
  const namespace = config.KUBEMEND_RECORD_NAMESPACE;
  const guards = createGuardStore({ client, namespace }).list;
  const mirrors = { ...deps, guards, mirrors: createMirrorStore({ client, namespace }).list, now };
  const wake = createWakeGroup({ sendWakeup, now: () => new Date(now()).toISOString() });
  const groupState: GroupSweepState = {};
  return {
    async forThoseWaiting(signal: AbortSignal): Promise<void> {
      try {
        telemetry.count("GuardsWoken", await wakeGuards({ guards, sendWakeup, now }, signal));
      } catch (error) {
        const detail = describeError(error);
        telemetry.logger.warn("guards could not be checked", { cluster, detail });
      }
    },

    async forMirrors(signal: AbortSignal): Promise<void> {
      try {
        const { mirrors: all, due, behind } = await compareMirrors(mirrors, signal);
        if (all === 0) return;
        telemetry.count("Mirrors", all);
        telemetry.count("MirrorsBehind", behind);
        telemetry.count("ComparisonsDue", due);
      } catch (error) {
        telemetry.count("MirrorsUnread");
        const detail = describeError(error);
        telemetry.logger.warn("mirrors could not be looked at", { cluster, detail });
      }
    },

    async forMoves(signal: AbortSignal): Promise<void> {
      try {
        if ((await deps.pipeline()) === undefined) return;
        const { wakeMoves } = await import("./wake-moves.ts");
        const found = await wakeMoves({ ...deps, namespace, now }, signal);
        if (found === undefined) return;
        telemetry.count("Moves", found.moves);
        telemetry.count("MovesWithProblem", found.problems);
        telemetry.count("MovesPostponed", found.postponed);
      } catch (error) {
        telemetry.count("MovesUnread");
        const detail = describeError(error);
        telemetry.logger.warn("moves could not be looked at", { cluster, detail });
      }
    },

    async forGroups(whole: AbortSignal): Promise<void> {
      const signal = AbortSignal.any([whole, AbortSignal.timeout(2 * GROUPS_MS)]);
      const run = { signal, telemetry, deadlineMs: now() + GROUPS_MS };
      try {
        const swept = await sweepGroups({ client, namespace, wake, now }, groupState, run);
        telemetry.count("AlertGroups", swept.groups);
        telemetry.count("AlertGroupsWoken", swept.woken);
        telemetry.count("AlertGroupsDeleted", swept.deleted);
        telemetry.count("AlertGroupsLeft", swept.left);
      } catch (error) {
        telemetry.count("AlertGroupsUnread");
        const detail = describeError(error);
        telemetry.logger.warn("alert groups cannot be read", { cluster, detail });
      }
    },
  };
}

function reportRelay(relay: RelayState, { telemetry, name: cluster }: ClusterSweepDeps): void {
  if (relay.outcome === "alive") return;
  const { reason } = relay;
  if (relay.outcome === "silent") {
    telemetry.count("RelaySilent");
    telemetry.logger.error("the relay is silent", { cluster, reason });
  } else {
    telemetry.logger.warn("whether the relay lives is unknown", { cluster, reason });
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
