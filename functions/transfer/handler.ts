import { connectCluster } from "../../adapters/access/connect-cluster.ts";
import type { Source } from "../../adapters/clusters/source.ts";
import { openSources } from "../../adapters/clusters/sources.ts";
import { limitHanging } from "../../adapters/clusters/limit-hanging.ts";
import { openTargets } from "../../adapters/clusters/open-targets.ts";
import { createClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { createGuardStore } from "../../adapters/kubernetes/guards/guards.ts";
import type { KubernetesRequest } from "../../adapters/kubernetes/http/client.ts";
import { createMirrorStore } from "../../adapters/kubernetes/mirror/mirror-store.ts";
import { readRecordPages } from "../../adapters/kubernetes/remediation/record-pages.ts";
import { createRecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import { findEndless } from "../../adapters/lambda/bound-attempts.ts";
import { loadPipeline } from "../../adapters/lambda/load-pipeline.ts";
import { createSqsHandler, type SqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import type { SqsProcess } from "../../adapters/lambda/sqs-process.ts";
import { openSigningKeys } from "../../adapters/signing/open-signing-keys.ts";
import { createSign } from "../../adapters/signing/sign.ts";
import { createVerify } from "../../adapters/signing/verify.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { createSendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { createReadNamespaceLabels } from "../../adapters/kubernetes/api/namespace-labels.ts";
import { openAlertGroups } from "../../adapters/alert-groups/open-alert-groups.ts";
import { createSendAlert } from "../../adapters/alert-groups/send-alert.ts";
import { createRouteAlert } from "../../adapters/lambda/route-alerts.ts";
import { createSendAll } from "../../adapters/sqs/send-all.ts";
import { createRedact } from "../../core/redaction/redactor.ts";
import { readConfig } from "./config.ts";
import { createMirrorStates } from "./mirror-states.ts";
import { createProblems } from "./problems.ts";
import { createTransfer } from "./transfer.ts";

const config = readConfig();
const pipeline = await loadPipeline(config.KUBEMEND_PIPELINE);
const client = await connectCluster(config.KUBEMEND_CLUSTER_ACCESS);
const queues = createQueueClient({});
const keys = openSigningKeys(config.KUBEMEND_SIGNING_KEYS, () => Date.now());
const verify = createVerify(keys, "transfers");
const namespace = config.KUBEMEND_RECORD_NAMESPACE;
const now = (): number => Date.now();
const monotonic = (): number => performance.now();

/** One for each cluster whose changes the pipeline takes: it reads there, and keeps states and records there. */
const sources = await openSources(
  {
    pipeline,
    client,
    discovery: createDiscovery({ client, now: monotonic }),
    clusterUid: createClusterUid(client),
  },
  createTransferFrom,
  monotonic,
  () => import("../../adapters/clusters/several-sources.ts"),
);

function createTransferFrom(source: Source): SqsProcess {
  const { client, pipeline, clusterUid: ownUid, connect } = source;
  const redact = createRedact(pipeline);
  const mirrors = createMirrorStore({ client, namespace });
  const groups = openAlertGroups({
    client,
    namespace,
    queue: {
      client: queues,
      queueUrl: config.KUBEMEND_ALERTS_QUEUE_URL,
      sign: createSign(keys, "alerts"),
    },
    sendWakeup: createSendWakeup({
      client: queues,
      queueUrl: config.KUBEMEND_WAKEUPS_QUEUE_URL,
      now,
    }),
    now,
  });
  const routeAlert = createRouteAlert(
    pipeline,
    createReadNamespaceLabels({ client, now: monotonic }),
  );
  const open = openTargets({ clusters: pipeline.clusters, ownUid, now: monotonic, connect });
  const send = createSendAll({
    client: queues,
    queueUrl: config.KUBEMEND_TRANSFERS_QUEUE_URL,
    sign: createSign(keys, "transfers"),
  });
  return createTransfer({
    ...source,
    installation: namespace,
    client: limitHanging(client, monotonic, isReadOfOne),
    open,
    states: createMirrorStates({
      mirrors,
      guards: createGuardStore({ client, namespace }),
      now,
    }),
    async alert(rule, record, context) {
      // Loaded with the first failure: most processes see none.
      const { alertProblem } = await import("./alert-problem.ts");
      const sendAlert = createSendAlert({ routeAlert, send: groups.send }, context);
      await alertProblem({ client, redact, sendAlert, now }, rule, record, context.signal);
    },
    mirrors,
    send,
    async workOnMove(message, context) {
      // Loaded with the first Move: most processes see none.
      const { openMoveWork } = await import("./moves/open-move-work.ts");
      return openMoveWork({ ...source, namespace, open, send, now })(message, context);
    },
    problems: createProblems({
      records: createRecordStore({ client, namespace }),
      pages: (selection, signal) => readRecordPages({ client, namespace }, selection, signal),
      now,
    }),
    now,
  });
}

/** A conversion webhook that hangs holds up the reads of its kind only. */
function isReadOfOne({ method, query }: KubernetesRequest): boolean {
  return method === "GET" && query?.["limit"] === undefined;
}

/** Source: `transfers.fifo`. */
export const handler: SqsHandler = createSqsHandler({
  name: "kubemend-transfer",
  fifo: true,
  retryBackoffMaxSeconds: config.KUBEMEND_RETRY_BACKOFF_MAX_SECONDS,
  client: queues,
  verify,
  deadLetterQueueUrl: config.KUBEMEND_DEAD_LETTER_QUEUE_URL,
  async process(record, context) {
    const endless = findEndless(record, await verify(record));
    if (endless !== undefined) return endless;
    const transfer = await sources.of(record.body);
    return transfer(record, context);
  },
});
