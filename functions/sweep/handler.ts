import { setTimeout as delay } from "node:timers/promises";
import { connectCluster } from "../../adapters/access/connect-cluster.ts";
import { createLeaseStore } from "../../adapters/kubernetes/lease/lease.ts";
import { createClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createMirrorStore } from "../../adapters/kubernetes/mirror/mirror-store.ts";
import { createGuardStore } from "../../adapters/kubernetes/guards/guards.ts";
import { readRecordPages } from "../../adapters/kubernetes/remediation/record-pages.ts";
import { createRecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import type { LambdaContext } from "../../adapters/lambda/sqs-event.ts";
import { createTelemetry } from "../../adapters/lambda/telemetry.ts";
import { createWakeGroup } from "../../adapters/alert-groups/wake-group.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { createSendAll } from "../../adapters/sqs/send-all.ts";
import { createSendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { wakeGuards, type WakeGuardsDeps } from "./wake-guards.ts";
import {
  compareMirrors,
  createReadMirrorPipeline,
  type CompareMirrorsDeps,
} from "./compare-mirrors.ts";
import { readConfig } from "./config.ts";
import type { PassDeps } from "./pass.ts";
import { describeError } from "../../core/errors.ts";
import { sweep, type SweepState } from "./sweep.ts";
import { sweepGroups, type GroupSweepDeps, type GroupSweepState } from "./sweep-groups.ts";
import type { SweepReport } from "./tally.ts";
import { watchRelay, type RelayState } from "./watch-relay.ts";

/** Reserved before the timeout, for the metrics. */
const RESERVE_MS = 3_000;
/** Reserved for the records of the last page. */
const LAST_PAGE_MS = 5_000;

const config = readConfig();
const client = await connectCluster(config.KUBEMEND_CLUSTER_ACCESS);
const telemetry = createTelemetry("kubemend-sweep");
const now = (): number => Date.now();

const namespace = config.KUBEMEND_RECORD_NAMESPACE;
const queues = createQueueClient({});
const guards = createGuardStore({ client, namespace }).list;
const deps: PassDeps = {
  client,
  records: createRecordStore({ client, namespace }),
  pages: (selection, signal) => readRecordPages({ client, namespace }, selection, signal),
  sendWakeup: createSendWakeup({
    client: queues,
    queueUrl: config.KUBEMEND_WAKEUPS_QUEUE_URL,
    now,
  }),
  now,
};

const relayLease =
  config.KUBEMEND_RELAY_LEASE === undefined
    ? undefined
    : createLeaseStore({ client, ...config.KUBEMEND_RELAY_LEASE, wallMs: now });
const guardDeps: WakeGuardsDeps = {
  guards,
  sendWakeup: deps.sendWakeup,
  now,
};

const state: SweepState = {};

const groupDeps: GroupSweepDeps = {
  client,
  namespace,
  wake: createWakeGroup({ sendWakeup: deps.sendWakeup, now: () => new Date(now()).toISOString() }),
  now,
};

const mirrorDeps: CompareMirrorsDeps = {
  pipeline: createReadMirrorPipeline(config.KUBEMEND_PIPELINE),
  clusterUid: createClusterUid(client),
  mirrors: createMirrorStore({ client, namespace }).list,
  guards,
  send: createSendAll({
    client: queues,
    queueUrl: config.KUBEMEND_TRANSFERS_QUEUE_URL,
  }),
  now,
};

const groupState: GroupSweepState = {};
/** People wait for alerts, so their groups come first; but the records get most of the time. */
const GROUPS_MS = 10_000;

/** Source: a schedule, every minute. The next run makes up for a failed one. */
export async function handler(_event: unknown, context: LambdaContext): Promise<SweepReport> {
  telemetry.begin(context.awsRequestId);
  const remainingMs = Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS);
  const signal = AbortSignal.timeout(remainingMs);
  const relay = relayLease === undefined ? undefined : watchRelay(relayLease, pause, signal);
  try {
    await wakeThoseWaiting(signal);
    await careForMirrors(signal);
    const deadlineMs = now() + Math.max(0, remainingMs - LAST_PAGE_MS);
    await careForGroups(signal);
    const report = await sweep(deps, state, { deadlineMs, signal });
    telemetry.count("Records", report.records);
    telemetry.count("Woken", report.woken);
    telemetry.count("Compacted", report.compacted);
    telemetry.count("Deleted", report.deleted);
    telemetry.count("Left", report.left);
    if (report.left > 0) {
      const { left, problems } = report;
      telemetry.logger.warn("records were left as they are", { left, problems });
    }
    return report;
  } finally {
    if (relay !== undefined) reportRelay(await relay);
    telemetry.flush();
  }
}

function reportRelay(relay: RelayState): void {
  if (relay.outcome === "alive") return;
  const { reason } = relay;
  if (relay.outcome === "silent") {
    telemetry.count("RelaySilent");
    telemetry.logger.error("the relay is silent", { reason });
  } else {
    telemetry.logger.warn("whether the relay lives is unknown", { reason });
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}

/** Guards that cannot be read do not keep the records from being swept. */
async function wakeThoseWaiting(signal: AbortSignal): Promise<void> {
  try {
    telemetry.count("GuardsWoken", await wakeGuards(guardDeps, signal));
  } catch (error) {
    telemetry.logger.warn("guards could not be checked", { detail: describeError(error) });
  }
}

/** Mirrors that cannot be looked at do not keep the records from being swept. */
async function careForMirrors(signal: AbortSignal): Promise<void> {
  try {
    const { mirrors, due, behind } = await compareMirrors(mirrorDeps, signal);
    if (mirrors === 0) return;
    telemetry.count("Mirrors", mirrors);
    telemetry.count("MirrorsBehind", behind);
    telemetry.count("ComparisonsDue", due);
  } catch (error) {
    telemetry.count("MirrorsUnread");
    telemetry.logger.warn("mirrors could not be looked at", { detail: describeError(error) });
  }
}

/** An error about the groups of alerts does not keep the records from being swept. */
async function careForGroups(whole: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([whole, AbortSignal.timeout(2 * GROUPS_MS)]);
  const run = { signal, telemetry, deadlineMs: now() + GROUPS_MS };
  try {
    const { groups, woken, deleted, left } = await sweepGroups(groupDeps, groupState, run);
    telemetry.count("AlertGroups", groups);
    telemetry.count("AlertGroupsWoken", woken);
    telemetry.count("AlertGroupsDeleted", deleted);
    telemetry.count("AlertGroupsLeft", left);
  } catch (error) {
    telemetry.count("AlertGroupsUnread");
    telemetry.logger.warn("alert groups cannot be read", { detail: describeError(error) });
  }
}
