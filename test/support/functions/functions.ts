import { basename } from "node:path";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { toAwsEnvironment } from "../../../sandbox/queues/queue-process.ts";
import type { SandboxQueues } from "../../../sandbox/queues/queues.ts";
import { startEventSourceMapping } from "../../../sandbox/runtime/event-source-mapping.ts";
import { startFunction } from "../../../sandbox/runtime/function.ts";
import { toQueueArn } from "../../../sandbox/queues/queue-settings.ts";
import {
  readFunctionSettings,
  toFunctionEnvironment,
} from "../../../sandbox/runtime/function-settings.ts";
import { createTestQueueClient } from "../queues/queue-server.ts";

export type Functions = AsyncDisposable & {
  /** How often each message was delivered to a function, by message id. */
  readonly receives: ReadonlyMap<string, number>;
};

/** Starts the bundled functions, with the queues that serverless.yml connects them to, each with its own kubeconfig. */
export function startFunctions(options: {
  readonly queues: SandboxQueues;
  readonly kubeconfigs: Readonly<Record<string, string>>;
  /** Path of the pipeline file, as JSON. */
  readonly pipeline: string;
  readonly environment: Readonly<Record<string, string>>;
}): Functions {
  const { queues, kubeconfigs } = options;
  const client = createTestQueueClient(queues.endpoint);
  const receives = new Map<string, number>();
  const stops = readFunctionSettings(findProjectRoot())
    .filter(({ name }) => kubeconfigs[name] !== undefined)
    .map((settings) => {
      const lambda = startFunction({
        ...settings,
        environment: {
          ...toFunctionEnvironment(settings, queues.queues),
          ...toAwsEnvironment(queues),
          KUBEMEND_CLUSTER_ACCESS: JSON.stringify({ kubeconfig: kubeconfigs[settings.name] }),
          KUBEMEND_PIPELINE: options.pipeline,
          ...options.environment,
        },
        concurrency: 1,
        onLog: () => {},
      });
      const mappings = settings.sources.map((source) =>
        startMapping(client, queues.queues[source.queue] ?? "", source, (event) => {
          for (const { messageId, attributes } of event.Records) {
            const count = Number(attributes["ApproximateReceiveCount"]);
            receives.set(messageId, Math.max(count, receives.get(messageId) ?? 0));
          }
          return lambda.invoke(event);
        }),
      );
      return async () => {
        await Promise.all(mappings.map((mapping) => mapping.stop()));
        await lambda.stop();
      };
    });
  return {
    receives,
    async [Symbol.asyncDispose]() {
      await Promise.all(stops.map((stop) => stop()));
      client.destroy();
    },
  };
}

type MappingOptions = Parameters<typeof startEventSourceMapping>[0];

function startMapping(
  client: SQSClient,
  queueUrl: string,
  settings: MappingOptions["settings"],
  invoke: MappingOptions["invoke"],
) {
  const queueArn = toQueueArn(basename(queueUrl));
  const limits = { concurrency: 1, drainTimeoutMs: 5_000 };
  return startEventSourceMapping({ client, queueUrl, queueArn, settings, invoke, ...limits });
}
