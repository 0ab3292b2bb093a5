import { randomUUID } from "node:crypto";
import { createClusterUid, type ClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createReadNamespaceLabels } from "../../adapters/kubernetes/api/namespace-labels.ts";
import { createReadNamespace } from "../../adapters/kubernetes/api/namespaces.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { connectCluster } from "../../adapters/access/connect-cluster.ts";
import { createCheckPace } from "../../adapters/alert-groups/check-pace.ts";
import { openAlertGroups } from "../../adapters/alert-groups/open-alert-groups.ts";
import { createBatchReads } from "../../adapters/kubernetes/remediation/batch-reads.ts";
import type { Executor, ExecutorDeps } from "../../adapters/kubernetes/remediation/executor.ts";
import { createRecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import { emitOutcome } from "../../adapters/kubernetes/remediation/emit-outcome.ts";
import { findEndless } from "../../adapters/lambda/bound-attempts.ts";
import { loadPipeline } from "../../adapters/lambda/load-pipeline.ts";
import { createRouteAlert } from "../../adapters/lambda/route-alerts.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import { createSqsHandler, type SqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import { limitUnverifiedAlerts } from "../../adapters/lambda/unverified-alerts.ts";
import { openSigningKeys } from "../../adapters/signing/open-signing-keys.ts";
import { createSign } from "../../adapters/signing/sign.ts";
import { createVerify } from "../../adapters/signing/verify.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { createSendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { describeError } from "../../core/errors.ts";
import { createGuardDesk } from "./guards/desk.ts";
import { createLazyCount } from "./guards/selected.ts";
import { readConfig } from "./config.ts";
import { beginMessage } from "./message/process-message.ts";
import { processWakeup } from "./message/process-wakeup.ts";
import type { Run } from "./record/run.ts";
import type { ProcessDeps } from "./message/settle.ts";
import { reportEnd } from "./report.ts";
import { toLane } from "./message/to-lane.ts";
import { createSendAlert } from "../../adapters/alert-groups/send-alert.ts";

const NAME = "kubemend-remediate";

const config = readConfig();
const pipeline = await loadPipeline(config.KUBEMEND_PIPELINE);
const client = await connectCluster(config.KUBEMEND_CLUSTER_ACCESS);
const queues = createQueueClient({});
const keys = openSigningKeys(config.KUBEMEND_SIGNING_KEYS, () => Date.now());

const verify = createVerify(keys, "remediations");
const verifyWakeup = createVerify(keys, "wakeups");

const records = createRecordStore({ client, namespace: config.KUBEMEND_RECORD_NAMESPACE });

const sendWakeup = createSendWakeup({
  client: queues,
  queueUrl: config.KUBEMEND_WAKEUPS_QUEUE_URL,
  now: () => Date.now(),
});

const groups = openAlertGroups({
  client,
  namespace: config.KUBEMEND_RECORD_NAMESPACE,
  queue: {
    client: queues,
    queueUrl: config.KUBEMEND_ALERTS_QUEUE_URL,
    sign: createSign(keys, "alerts"),
  },
  sendWakeup,
  now: () => Date.now(),
});

const routeAlert = createRouteAlert(
  pipeline,
  createReadNamespaceLabels({ client, now: () => performance.now() }),
);

const clusterUid = createClusterUid(client);

/** Few pipelines act in other clusters: for the others it is not loaded. */
const reachOthers =
  pipeline.clusters.length === 0 ? undefined : await loadReachOthers(pipeline, clusterUid);

const discovery = createDiscovery({ client, now: () => performance.now() });

const deps: Omit<ProcessDeps, "onEnded" | "emitOutcome" | "onUnconfirmed" | "count" | "sendAlert"> =
  {
    client,
    pipeline,
    records,
    discovery,
    clusterUid,
    reachOthers,
    sendWakeup,
    readNamespace: createReadNamespace({ client, now: () => performance.now() }),
    guards: createGuardDesk({
      client,
      records,
      namespace: config.KUBEMEND_RECORD_NAMESPACE,
      sendWakeup,
      countSelected: createLazyCount({ client, discovery, now: () => performance.now() }),
      now: () => Date.now(),
    }),
    mayAlertHeld: createCheckPace(() => Date.now()),
    mayAlertUnverified: limitUnverifiedAlerts(() => Date.now()),
    now: () => Date.now(),
  };

const onRequest: SqsHandler = createSqsHandler({
  name: NAME,
  fifo: true,
  retryBackoffMaxSeconds: config.KUBEMEND_RETRY_BACKOFF_MAX_SECONDS,
  toLane,
  client: queues,
  verify,
  deadLetterQueueUrl: config.KUBEMEND_DEAD_LETTER_QUEUE_URL,
  process: {
    async begin(record, context) {
      const signature = await verify(record);
      const endless = findEndless(record, signature);
      if (endless !== undefined) return async () => endless;
      const trust = { isSigned: signature === "signed", isForeign: signature === "unsigned" };
      return beginMessage(record.body, toDeps(context), { ...toRun(record, context), ...trust });
    },
  },
});

const onWakeup: SqsHandler = createSqsHandler({
  name: NAME,
  fifo: false,
  retryBackoffMaxSeconds: config.KUBEMEND_RETRY_BACKOFF_MAX_SECONDS,
  toLane,
  client: queues,
  deadLetterQueueUrl: config.KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL,
  process: (record, context) =>
    processWakeup(
      record.body,
      toDeps(context),
      toRun(record, context),
      async () => (await verifyWakeup(record)) === "signed",
    ),
});

const UNCONFIRMED = { superseded: "Superseded", alertedOnly: "AlertedOnly" } as const;

const findReads = createBatchReads(client, () => performance.now());

function toDeps(context: MessageContext): ProcessDeps {
  const { telemetry, signal: batch } = context;
  const { logger } = telemetry;
  const sendAlert = createSendAlert({ routeAlert, send: groups.send }, context);
  return {
    ...deps,
    sendAlert,
    async checkGroup(wakeup) {
      const { checkGroup } = await import("./alerts/check-group.ts");
      await checkGroup(wakeup, { ...deps, sendAlert, groups }, context);
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
}

async function loadReachOthers(
  { clusters }: Pipeline,
  ownUid: ClusterUid,
): Promise<(deps: ExecutorDeps) => Executor> {
  const { openOthers } = await import("../../adapters/access/open-others.ts");
  return openOthers({ clusters, ownUid, now: () => performance.now() });
}

function toRun({ attributes }: SqsRecord, { signal, deadlineMs }: MessageContext): Run {
  const isRepeated = Number(attributes.ApproximateReceiveCount ?? "1") > 1;
  return { holder: `remediate/${randomUUID()}`, deadlineMs, signal, isRepeated };
}

/** Sources: `remediations.fifo` and `wakeups`; an invocation has messages of one queue. Executes each request once. */
export const handler: SqsHandler = (event, context) =>
  event.Records[0]?.eventSourceARN?.endsWith(".fifo") === true
    ? onRequest(event, context)
    : onWakeup(event, context);
