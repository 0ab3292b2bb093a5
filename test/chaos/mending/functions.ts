import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { startPipelineFunction } from "../../../sandbox/pipeline/pipeline-function.ts";
import { createPipelineWatcher } from "../../../sandbox/pipeline/pipeline-watcher.ts";
import type { QueueAddresses } from "../../../sandbox/queues/queue-process.ts";
import { readQueueSettings, SANDBOX_REGION } from "../../../sandbox/queues/queue-settings.ts";
import { readFunctionSettings } from "../../../sandbox/runtime/function-settings.ts";
import type { World } from "../world/world.ts";

/** The functions of a round. */
export type RoundFunctions = {
  /** Kills the processes of one of them. */
  readonly kill: (name: string) => Promise<void>;
  readonly queues: Readonly<Record<string, string>>;
  /** The bodies of all dead letters so far. */
  readonly readDeadLetters: () => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
};

/** Short, like the other times of a round: a message whose queue was down is received again, and a claim expires. */
const VISIBILITY_SECONDS = 5;
const TIMEOUT_MS = 15_000;

export type RoundFunctionsOptions = {
  readonly namespace: string;
  readonly folder: string;
  readonly pipeline: string;
  /** Folder of the bundles; default: those of this tree. */
  readonly functions?: string | undefined;
};

/** Starts these functions as they are deployed, with queues of their own. They connect directly to the API server. */
export async function startRoundFunctions(
  world: World,
  names: readonly string[],
  round: RoundFunctionsOptions,
): Promise<RoundFunctions> {
  const queues = await createQueues(world, round.namespace);
  const packedPipeline = join(round.folder, "pipeline.json");
  writeFileSync(packedPipeline, round.pipeline);
  const root = findProjectRoot();
  const { kubeconfig } = world.controlPlane;
  const started = readFunctionSettings(root)
    .filter(({ name }) => names.includes(name))
    .map((settings) => {
      const namespace = { type: "text", text: round.namespace } as const;
      const backoff = { type: "text", text: String(VISIBILITY_SECONDS) } as const;
      const environment = {
        ...settings.environment,
        KUBEMEND_RECORD_NAMESPACE: namespace,
        ...(settings.name === "transfer" ? { KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: backoff } : {}),
      };
      const one = startPipelineFunction(
        { ...settings, environment, timeoutMs: TIMEOUT_MS },
        {
          functions: round.functions ?? join(root, "dist", "functions"),
          packedPipeline,
          queues,
          client: world.queueClient,
          kubeconfigs: Object.fromEntries(names.map((name) => [name, kubeconfig])),
          watcher: createPipelineWatcher(),
          messages: new Set(),
        },
      );
      return { name: settings.name, ...one };
    });
  const deadLetters: string[] = [];
  return {
    queues: queues.queues,
    async kill(name) {
      await Promise.all(started.filter((one) => one.name === name).map((one) => one.kill()));
    },
    async readDeadLetters() {
      for (const key of Object.keys(queues.queues).filter((name) => name.endsWith("DeadLetter"))) {
        const QueueUrl = queues.queues[key];
        const { Messages = [] } = await world.queueClient.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: 3_600,
          }),
        );
        deadLetters.push(...Messages.map(({ Body = "" }) => Body));
      }
      return deadLetters;
    },
    async stop() {
      await Promise.all(started.map((one) => one.stop()));
    },
  };
}

async function createQueues(
  { queueClient, queues }: World,
  prefix: string,
): Promise<QueueAddresses> {
  const urls: Record<string, string> = {};
  for (const { key, name } of readQueueSettings(findProjectRoot())) {
    const QueueName = `${prefix}-${name}`;
    const isFifo = name.endsWith(".fifo");
    const Attributes = {
      VisibilityTimeout: String(VISIBILITY_SECONDS),
      ...(isFifo ? { FifoQueue: "true" } : {}),
    };
    await queueClient.send(new CreateQueueCommand({ QueueName, Attributes }));
    urls[key] = `${queues.endpoint}/000000000000/${QueueName}`;
  }
  return { endpoint: queues.endpoint, region: SANDBOX_REGION, port: queues.port, queues: urls };
}
