import { connectLean } from "../../adapters/kubernetes/lean-connection.ts";
import { createDiscovery } from "../../adapters/kubernetes/discovery.ts";
import { loadPipeline } from "../../adapters/lambda/load-pipeline.ts";
import { createSqsHandler, type SqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import { createTelemetry } from "../../adapters/lambda/telemetry.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { createClusterIdentity } from "./cluster-identity.ts";
import { readConfig } from "./config.ts";
import { createNormalize } from "./normalize.ts";

const NAME = "kubemend-normalize";

const config = readConfig();
const pipeline = await loadPipeline(config.KUBEMEND_PIPELINE);
const client = await connectLean({ kubeconfig: config.KUBECONFIG });
const queues = createQueueClient({});
const { logger } = createTelemetry(NAME);

/** Source: `changes.fifo`. */
export const handler: SqsHandler = createSqsHandler({
  name: NAME,
  fifo: true,
  longestPauseSeconds: config.KUBEMEND_LONGEST_PAUSE_SECONDS,
  client: queues,
  deadLetterQueueUrl: config.KUBEMEND_DEAD_LETTER_QUEUE_URL,
  process: {
    batch: createNormalize({
      pipeline,
      client,
      discovery: createDiscovery({ client, now: () => performance.now() }),
      identity: createClusterIdentity({ client, logger }),
      queues,
      remediationsQueueUrl: config.KUBEMEND_REMEDIATIONS_QUEUE_URL,
      alertsQueueUrl: config.KUBEMEND_ALERTS_QUEUE_URL,
      wakeupsQueueUrl: config.KUBEMEND_WAKEUPS_QUEUE_URL,
      now: () => new Date().toISOString(),
    }),
  },
});
