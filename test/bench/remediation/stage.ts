import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import type { RunningPipeline } from "../../../sandbox/pipeline/start-pipeline.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import type { QueueAddresses } from "../../../sandbox/queues/queue-process.ts";
import { startQueues } from "../../../sandbox/queues/queues.ts";
import { readQueueSettings, SANDBOX_REGION } from "../../../sandbox/queues/queue-settings.ts";
import { startBuiltPipeline } from "../../support/host/built-pipeline.ts";
import { startBareCluster } from "../../support/kubernetes/bare-cluster.ts";
import { startElasticMq } from "../../support/queues/elasticmq.ts";
import type { GuardsName } from "./guards.ts";
import { toPipeline } from "./pipeline.ts";
import { JOB_WORK, type Work } from "./work.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";

export type QueueKind = "ElasticMQ" | "fauxqs";

/** A control plane without controllers, queues, and on demand the whole pipeline: everything except the bench itself is what a user runs. */
export type Stage = AsyncDisposable & {
  readonly client: KubernetesClient;
  readonly work: Work;
  readonly clusterUid: string;
  readonly queueEndpoint: string;
  readonly queues: QueueAddresses;
  /** Folder for files of the bench. */
  readonly folder: string;
  /** The administrator's kubeconfig file. */
  readonly kubeconfig: string;
  /** Kubeconfig file of the remediate function, once the pipeline has been started. */
  readonly remediateKubeconfig: string;
  readonly startPipeline: () => Promise<void>;
  readonly stopPipeline: () => Promise<void>;
  /** The latest errors. */
  readonly diagnose: () => Promise<string>;
};

/** Attributes that ElasticMQ rejects: it has no high-throughput mode, and no limits to raise. */
const UNKNOWN_TO_ELASTICMQ = new Set(["DeduplicationScope", "FifoThroughputLimit"]);

export type StageSettings = {
  readonly rules: number;
  readonly queues: QueueKind;
  readonly guards: GuardsName;
  /** Default: failed Jobs are run again. */
  readonly work?: Work;
  /** Text of the pipeline file; default: the rules that do the work. */
  readonly pipeline?: string;
};

export async function setStage(settings: StageSettings): Promise<Stage> {
  const { work = JOB_WORK } = settings;
  await using stack = new AsyncDisposableStack();
  const { folder, controlPlane, client } = stack.use(await startBareCluster());
  const queues = settings.queues === "ElasticMQ" ? await startMq(stack) : await startFaux(stack);
  const file = join(folder, "pipeline.yaml");
  writeFileSync(file, settings.pipeline ?? toPipeline(settings.rules, work, settings.guards));
  const clusterUid = await readClusterUid(client);
  const parts = stack.move();
  let running: RunningPipeline | undefined;
  const stopPipeline = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  return {
    client,
    work,
    clusterUid,
    queueEndpoint: queues.endpoint,
    queues,
    folder,
    kubeconfig: controlPlane.kubeconfig,
    remediateKubeconfig: join(folder, "access", "remediate.kubeconfig"),
    async startPipeline() {
      const { caFile } = controlPlane;
      const options = { dataDir: folder, file, kubernetes: client, caFile, queues };
      running = await startBuiltPipeline(options);
    },
    stopPipeline,
    diagnose: async () => (await running?.diagnose()) ?? "",
    async [Symbol.asyncDispose]() {
      await stopPipeline();
      await parts.disposeAsync();
    },
  };
}

async function startMq(stack: AsyncDisposableStack): Promise<QueueAddresses> {
  const { endpoint } = stack.use(await startElasticMq());
  const client = createTestQueueClient(endpoint);
  const queues: Record<string, string> = {};
  for (const { key, name, attributes } of readQueueSettings(findProjectRoot())) {
    const known = Object.entries(attributes).filter(([each]) => !UNKNOWN_TO_ELASTICMQ.has(each));
    const Attributes = Object.fromEntries(known);
    await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
    queues[key] = `${endpoint}/000000000000/${name}`;
  }
  client.destroy();
  return { endpoint, region: SANDBOX_REGION, port: Number(new URL(endpoint).port), queues };
}

async function startFaux(stack: AsyncDisposableStack): Promise<QueueAddresses> {
  const queues = await startQueues();
  stack.defer(() => queues.stop());
  return queues;
}
