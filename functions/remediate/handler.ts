import { randomUUID } from "node:crypto";
import { readClusterUid } from "../../adapters/kubernetes/cluster-uid.ts";
import { createDiscovery } from "../../adapters/kubernetes/discovery.ts";
import { connectLean } from "../../adapters/kubernetes/lean-connection.ts";
import { createRecordStore } from "../../adapters/kubernetes/records.ts";
import { loadPipeline } from "../../adapters/lambda/load-pipeline.ts";
import { createSqsHandler, type SqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { readConfig } from "./config.ts";
import { processMessage, type ProcessDeps } from "./process-message.ts";
import { reportEnd } from "./report.ts";
import { createSendAlert } from "./send-alert.ts";

const NAME = "kubemend-remediate";

const config = readConfig();
const pipeline = await loadPipeline(config.KUBEMEND_PIPELINE);
const client = await connectLean({ kubeconfig: config.KUBECONFIG });
const queues = createQueueClient({});

let clusterUid: string | undefined;

const deps: Omit<ProcessDeps, "onEnded"> = {
  client,
  pipeline,
  records: createRecordStore({ client, namespace: config.KUBEMEND_RECORD_NAMESPACE }),
  discovery: createDiscovery({ client, now: () => performance.now() }),
  clusterUid: async (signal) => (clusterUid ??= await readClusterUid(client, signal)),
  sendAlert: createSendAlert({ client: queues, queueUrl: config.KUBEMEND_ALERTS_QUEUE_URL }),
  now: () => Date.now(),
};

/** Source: `remediations.fifo`. Carries requests out, each once. */
export const handler: SqsHandler = createSqsHandler({
  name: NAME,
  fifo: true,
  client: queues,
  deadLetterQueueUrl: config.KUBEMEND_DEAD_LETTER_QUEUE_URL,
  process: (record, { signal, deadlineMs, telemetry }) =>
    processMessage(
      record.body,
      { ...deps, onEnded: ({ record }) => reportEnd(record, pipeline, telemetry.logger) },
      { holder: `remediate/${randomUUID()}`, deadlineMs, signal },
    ),
});
