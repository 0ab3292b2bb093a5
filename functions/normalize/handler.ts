import { connectCluster } from "../../adapters/access/connect-cluster.ts";
import { createClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { openSources } from "../../adapters/clusters/sources.ts";
import { processBySource } from "../../adapters/lambda/process-by-source.ts";
import { loadPipeline } from "../../adapters/lambda/load-pipeline.ts";
import { createSqsHandler, type SqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import { openSigningKeys } from "../../adapters/signing/open-signing-keys.ts";
import { createVerify } from "../../adapters/signing/verify.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { readConfig } from "./config.ts";
import { createNormalize } from "./normalize.ts";

const config = readConfig();
const pipeline = await loadPipeline(config.KUBEMEND_PIPELINE);
const client = await connectCluster(config.KUBEMEND_CLUSTER_ACCESS);
const monotonic = (): number => performance.now();
const queues = createQueueClient({});
const signingKeys = openSigningKeys(config.KUBEMEND_SIGNING_KEYS, () => Date.now());

/** One for each cluster whose changes the pipeline takes. */
const sources = await openSources(
  {
    pipeline,
    client,
    discovery: createDiscovery({ client, now: monotonic }),
    clusterUid: createClusterUid(client),
  },
  (source) =>
    createNormalize({
      ...source,
      queues,
      signingKeys,
      remediationsQueueUrl: config.KUBEMEND_REMEDIATIONS_QUEUE_URL,
      alertsQueueUrl: config.KUBEMEND_ALERTS_QUEUE_URL,
      wakeupsQueueUrl: config.KUBEMEND_WAKEUPS_QUEUE_URL,
      transfersQueueUrl: config.KUBEMEND_TRANSFERS_QUEUE_URL,
      recordNamespace: config.KUBEMEND_RECORD_NAMESPACE,
      now: () => new Date().toISOString(),
    }),
  monotonic,
  () => import("../../adapters/clusters/several-sources.ts"),
);

/** Source: `changes.fifo`. */
export const handler: SqsHandler = createSqsHandler({
  name: "kubemend-normalize",
  fifo: true,
  retryBackoffMaxSeconds: config.KUBEMEND_RETRY_BACKOFF_MAX_SECONDS,
  client: queues,
  verify: createVerify(signingKeys, "changes"),
  deadLetterQueueUrl: config.KUBEMEND_DEAD_LETTER_QUEUE_URL,
  process: { batch: processBySource(sources) },
});
