import { randomUUID } from "node:crypto";
import { createClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { connectCluster } from "../../adapters/access/connect-cluster.ts";
import { findEndless } from "../../adapters/lambda/bound-attempts.ts";
import { openSources } from "../../adapters/clusters/sources.ts";
import { loadPipeline } from "../../adapters/lambda/load-pipeline.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import { createSqsHandler, type SqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import { openSigningKeys } from "../../adapters/signing/open-signing-keys.ts";
import { createVerify } from "../../adapters/signing/verify.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { createSendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { readConfig } from "./config.ts";
import { beginMessage } from "./message/process-message.ts";
import { processWakeup } from "./message/process-wakeup.ts";
import { openDeps } from "./open-deps.ts";
import type { Run } from "./record/run.ts";
import { toLane } from "./message/to-lane.ts";

const NAME = "kubemend-remediate";

const config = readConfig();
const pipeline = await loadPipeline(config.KUBEMEND_PIPELINE);
const client = await connectCluster(config.KUBEMEND_CLUSTER_ACCESS);
const queues = createQueueClient({});
const keys = openSigningKeys(config.KUBEMEND_SIGNING_KEYS, () => Date.now());

const verify = createVerify(keys, "remediations");
const verifyWakeup = createVerify(keys, "wakeups");
const monotonic = (): number => performance.now();

const sendWakeup = createSendWakeup({
  client: queues,
  queueUrl: config.KUBEMEND_WAKEUPS_QUEUE_URL,
  now: () => Date.now(),
});

/** One for each cluster whose changes the pipeline takes: records and guards are where the changes are. */
const sources = await openSources(
  {
    pipeline,
    client,
    discovery: createDiscovery({ client, now: monotonic }),
    clusterUid: createClusterUid(client),
  },
  (source) => openDeps(source, { config, queues, keys, sendWakeup }),
  monotonic,
  () => import("../../adapters/clusters/several-clusters.ts"),
);

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
      const toDeps = await sources.of(record.body);
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
  async process(record, context) {
    const toDeps = await sources.of(record.body);
    return processWakeup(
      record.body,
      toDeps(context),
      toRun(record, context),
      async () => (await verifyWakeup(record)) === "signed",
    );
  },
});

function toRun({ attributes }: SqsRecord, { signal, deadlineMs }: MessageContext): Run {
  const isRepeated = Number(attributes.ApproximateReceiveCount ?? "1") > 1;
  return { holder: `remediate/${randomUUID()}`, deadlineMs, signal, isRepeated };
}

/** Sources: `remediations.fifo` and `wakeups`; an invocation has messages of one queue. Executes each request once. */
export const handler: SqsHandler = (event, context) =>
  event.Records[0]?.eventSourceARN?.endsWith(".fifo") === true
    ? onRequest(event, context)
    : onWakeup(event, context);
