import { connectCluster } from "../../adapters/access/connect-cluster.ts";
import type { Source, Sources } from "../../adapters/clusters/source.ts";
import { openSources } from "../../adapters/clusters/sources.ts";
import { createClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import type { LambdaContext } from "../../adapters/lambda/sqs-event.ts";
import { createTelemetry } from "../../adapters/lambda/telemetry.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { createSendAll } from "../../adapters/sqs/send-all.ts";
import { createSendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { describeError } from "../../core/errors.ts";
import { viewFrom } from "../../core/pipeline/source-view.ts";
import { readConfig } from "./config.ts";
import { createReadPipeline } from "./read-pipeline.ts";
import { createClusterSweep, type ClusterSweep, type SweepTime } from "./sweep-cluster.ts";
import { addReports, type SweepReport } from "./tally.ts";

/** Reserved before the timeout, for the metrics. */
const RESERVE_MS = 3_000;

const config = readConfig();
const client = await connectCluster(config.KUBEMEND_CLUSTER_ACCESS);
const clusterUid = createClusterUid(client);
const monotonic = (): number => performance.now();
const telemetry = createTelemetry("kubemend-sweep");
const queues = createQueueClient({});
const readPipeline = createReadPipeline(config.KUBEMEND_PIPELINE);
const shared = {
  config,
  telemetry,
  sendWakeup: createSendWakeup({
    client: queues,
    queueUrl: config.KUBEMEND_WAKEUPS_QUEUE_URL,
    now: () => Date.now(),
  }),
  send: createSendAll({ client: queues, queueUrl: config.KUBEMEND_TRANSFERS_QUEUE_URL }),
};

const sweepOwn = createClusterSweep({
  ...shared,
  client,
  clusterUid,
  pipeline: async () => {
    const pipeline = await readPipeline();
    return pipeline === undefined ? undefined : viewFrom(pipeline, pipeline.cluster.name);
  },
});

let opened: Promise<Sources<ClusterSweep>> | undefined;

/** The sweeps of the other clusters whose changes the pipeline takes. Throws if the packed pipeline cannot be read. */
async function findOthers(): Promise<Sources<ClusterSweep>["others"]> {
  const pipeline = await readPipeline();
  if (pipeline === undefined) return [];
  const discovery = createDiscovery({ client, now: monotonic });
  opened ??= openSources(
    { pipeline, client, discovery, clusterUid },
    toSweep,
    monotonic,
    () => import("../../adapters/clusters/several-sources.ts"),
  );
  return (await opened).others;
}

function toSweep({ pipeline, ...source }: Source): ClusterSweep {
  const { name } = pipeline.cluster;
  return createClusterSweep({ ...shared, ...source, name, pipeline: async () => pipeline });
}

/** Source: a schedule, every minute. The next run makes up for a failed one. */
export async function handler(_event: unknown, context: LambdaContext): Promise<SweepReport> {
  telemetry.begin(context.awsRequestId);
  const remainingMs = Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS);
  const time = { remainingMs, signal: AbortSignal.timeout(remainingMs) };
  try {
    return await sweepAll(time);
  } finally {
    telemetry.flush();
  }
}

/** All clusters side by side: trouble of one keeps no other from being swept. */
async function sweepAll(time: SweepTime): Promise<SweepReport> {
  const [own, others] = await Promise.allSettled([sweepOwn(time), sweepOthers(time)]);
  if (own.status === "rejected") throw own.reason;
  return addReports([own.value, ...(others.status === "fulfilled" ? others.value : [])]);
}

async function sweepOthers(time: SweepTime): Promise<readonly SweepReport[]> {
  try {
    const others = await findOthers();
    const reports = await Promise.all(others.map((one) => sweepOther(one, time)));
    return reports.flat();
  } catch (error) {
    telemetry.logger.warn("the pipeline cannot be read", { detail: describeError(error) });
    return [];
  }
}

async function sweepOther(
  { name, open }: Sources<ClusterSweep>["others"][number],
  time: SweepTime,
): Promise<readonly SweepReport[]> {
  try {
    const run = await open();
    return [await run(time)];
  } catch (error) {
    telemetry.count("ClusterUnswept");
    const detail = describeError(error);
    telemetry.logger.error("a cluster could not be swept", { cluster: name, detail });
    return [];
  }
}
