import type { SQSClient } from "@aws-sdk/client-sqs";
import {
  openAlertGroups,
  type AlertGroups,
} from "../../adapters/alert-groups/open-alert-groups.ts";
import { createCheckPace } from "../../adapters/alert-groups/check-pace.ts";
import { createSendAlert } from "../../adapters/alert-groups/send-alert.ts";
import type { Source } from "../../adapters/clusters/source.ts";
import { createReadNamespaceLabels } from "../../adapters/kubernetes/api/namespace-labels.ts";
import { createReadNamespace } from "../../adapters/kubernetes/api/namespaces.ts";
import { createBatchReads } from "../../adapters/kubernetes/remediation/batch-reads.ts";
import { emitOutcome } from "../../adapters/kubernetes/remediation/emit-outcome.ts";
import type { Executor, ExecutorDeps } from "../../adapters/kubernetes/remediation/executor.ts";
import { createRecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import { createRouteAlert } from "../../adapters/lambda/route-alerts.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import { limitUnverifiedAlerts } from "../../adapters/lambda/unverified-alerts.ts";
import { createSign } from "../../adapters/signing/sign.ts";
import type { SigningKeys } from "../../adapters/signing/signing-keys.ts";
import type { SendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { describeError } from "../../core/errors.ts";
import type { RemediateConfig } from "./config.ts";
import { createGuardDesk } from "./guards/desk.ts";
import { createLazyCount } from "./guards/selected.ts";
import type { ProcessDeps } from "./message/settle.ts";
import { reportEnd } from "./report.ts";

/** The dependencies that all messages share, of all clusters. */
type SharedDeps = {
  readonly config: RemediateConfig;
  readonly queues: SQSClient;
  readonly keys: SigningKeys;
  readonly sendWakeup: SendWakeup;
};

const wallMs = (): number => Date.now();
const monotonic = (): number => performance.now();
const UNCONFIRMED = { superseded: "Superseded", alertedOnly: "AlertedOnly" } as const;

/** The dependencies for messages about this cluster: its records, guards and groups of alerts are in it. */
export async function openDeps(
  source: Source,
  shared: SharedDeps,
): Promise<(context: MessageContext) => ProcessDeps> {
  const { client, pipeline } = source;
  const groups = openGroups(source, shared);
  const lasting = { ...createLasting(source, shared), reachOthers: await loadReachOthers(source) };
  const routeAlert = createRouteAlert(
    pipeline,
    createReadNamespaceLabels({ client, now: monotonic }),
  );
  const findReads = createBatchReads(client, monotonic);
  return (context) => {
    const { telemetry, signal: batch } = context;
    const { logger } = telemetry;
    const sendAlert = createSendAlert({ routeAlert, send: groups.send }, context);
    return {
      ...lasting,
      sendAlert,
      async checkGroup(wakeup) {
        const { checkGroup } = await import("./alerts/check-group.ts");
        await checkGroup(wakeup, { ...lasting, sendAlert, groups }, context);
      },
      async storeThread(wakeup, thread) {
        const { storeThread } = await import("./alerts/store-thread.ts");
        await storeThread(wakeup, thread, groups, context);
      },
      async resolveLate(wakeup, late) {
        const { resolveLate } = await import("./alerts/resolve-late.ts");
        await resolveLate(wakeup, late, groups, context);
      },
      readShared: findReads(batch),
      count: (metric) => telemetry.count(metric),
      onUnconfirmed(outcome, record, reason) {
        telemetry.count(UNCONFIRMED[outcome]);
        logger.info("a request made no record", { outcome, record, reason });
      },
      onEnded: (record) => reportEnd(record, pipeline, logger),
      emitOutcome: (record, signal) => emitOutcome(client, record, signal),
      onEventRefused(record, error) {
        telemetry.count("EventRefused");
        const line = { record: record.metadata.name, detail: describeError(error) };
        logger.warn("the Event was refused", line);
      },
    };
  };
}

/** The dependencies that last longer than a batch. */
function createLasting(
  { client, pipeline, discovery, clusterUid }: Source,
  { config, sendWakeup }: SharedDeps,
): Omit<ProcessDeps, "onEnded" | "emitOutcome" | "onUnconfirmed" | "count" | "sendAlert"> {
  const namespace = config.KUBEMEND_RECORD_NAMESPACE;
  const records = createRecordStore({ client, namespace });
  return {
    client,
    pipeline,
    records,
    discovery,
    clusterUid,
    sendWakeup,
    readNamespace: createReadNamespace({ client, now: monotonic }),
    guards: createGuardDesk({
      client,
      records,
      namespace,
      sendWakeup,
      countSelected: createLazyCount({ client, discovery, now: monotonic }),
      now: wallMs,
    }),
    mayAlertHeld: createCheckPace(wallMs),
    mayAlertUnverified: limitUnverifiedAlerts(wallMs),
    now: wallMs,
  };
}

function openGroups(
  { client }: Source,
  { config, queues, keys, sendWakeup }: SharedDeps,
): AlertGroups {
  return openAlertGroups({
    client,
    namespace: config.KUBEMEND_RECORD_NAMESPACE,
    queue: {
      client: queues,
      queueUrl: config.KUBEMEND_ALERTS_QUEUE_URL,
      sign: createSign(keys, "alerts"),
    },
    sendWakeup,
    now: wallMs,
  });
}

/** Few pipelines act in other clusters: for the others it is not loaded. */
async function loadReachOthers({
  pipeline: { clusters },
  clusterUid: ownUid,
  connect,
}: Source): Promise<((deps: ExecutorDeps) => Executor) | undefined> {
  if (clusters.length === 0) return undefined;
  const { openOthers } = await import("../../adapters/clusters/several-clusters.ts");
  return openOthers({ clusters, ownUid, now: monotonic, connect });
}
