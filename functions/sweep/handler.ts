import { connectCluster } from "../../adapters/access/connect-cluster.ts";
import { createRecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import type { LambdaContext } from "../../adapters/lambda/sqs-event.ts";
import { createTelemetry } from "../../adapters/lambda/telemetry.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { createSendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { readConfig } from "./config.ts";
import { sweep, type SweepDeps, type SweepReport } from "./sweep.ts";

/** Reserved before the timeout, for the metrics. */
const RESERVE_MS = 3_000;

const config = readConfig();
const client = await connectCluster(config.KUBEMEND_CLUSTER_ACCESS);
const telemetry = createTelemetry("kubemend-sweep");
const now = (): number => Date.now();

const deps: SweepDeps = {
  client,
  records: createRecordStore({ client, namespace: config.KUBEMEND_RECORD_NAMESPACE }),
  sendWakeup: createSendWakeup({
    client: createQueueClient({}),
    queueUrl: config.KUBEMEND_WAKEUPS_QUEUE_URL,
    now,
  }),
  now,
};

/** Source: a schedule, every minute. The next run does what a failed one could not. */
export async function handler(_event: unknown, context: LambdaContext): Promise<SweepReport> {
  telemetry.begin(context.awsRequestId);
  const remainingMs = Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS);
  try {
    const report = await sweep(deps, AbortSignal.timeout(remainingMs));
    telemetry.count("Records", report.records);
    telemetry.count("Woken", report.woken);
    telemetry.count("Compacted", report.compacted);
    telemetry.count("Deleted", report.deleted);
    return report;
  } finally {
    telemetry.flush();
  }
}
