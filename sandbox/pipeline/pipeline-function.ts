import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { KubemendError } from "../../core/errors.ts";
import type { PipelineWatcher } from "./pipeline-watcher.ts";
import { toAwsEnvironment, type QueueAddresses } from "../queues/queue-process.ts";
import {
  startEventSourceMapping,
  type EventSourceMapping,
} from "../runtime/event-source-mapping.ts";
import { LOCAL_SLACK_VARIABLE } from "../receiver/local-slack.ts";
import { startFunction, type SandboxFunction } from "../runtime/function.ts";
import { startSchedule } from "../runtime/schedule.ts";
import { toQueueArn } from "../queues/queue-settings.ts";
import {
  toFunctionEnvironment,
  type FunctionSettings,
  type MappingSettings,
} from "../runtime/function-settings.ts";

/** Execution environments per function, if nothing else is said: two cores cannot run more. */
const FUNCTION_CONCURRENCY = 2;
const DRAIN_TIMEOUT_MS = 5_000;

export type PipelineFunctionDependencies = {
  /** Folder of the bundles. */
  readonly functions: string;
  /** Path of the pipeline file that the functions read. */
  readonly packedPipeline: string;
  readonly queues: QueueAddresses;
  readonly client: SQSClient;
  readonly kubeconfigs: Readonly<Record<string, string>>;
  /** File of the keys that sign messages; absent: nothing is signed. */
  readonly signingKeyFile?: string;
  /** The webhook of the sandbox's own Slack; absent: there is none. */
  readonly slackUrl?: string;
  readonly watcher: PipelineWatcher;
  readonly messages: Set<string>;
  /** Execution environments of the function; absent: as many as two cores can run. */
  readonly concurrency?: number;
};

export type PipelineFunction = {
  /** From now on it reads the packed pipeline again. */
  readonly recycle: () => Promise<void>;
  /** Kills its processes. Those that are needed are started again. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts one function with its event source mappings and schedules. */
export function startPipelineFunction(
  settings: FunctionSettings,
  deps: PipelineFunctionDependencies,
): PipelineFunction {
  const lambda = startLambda(settings, deps);
  const sources = [
    ...settings.sources.map((source) => startMapping(settings.name, source, lambda, deps)),
    ...settings.schedules.map(({ everyMs }) =>
      startSchedule({
        everyMs,
        invoke: (event) => lambda.invoke(event),
        onProblem: (message) => deps.watcher.onProblem(`${settings.name} (schedule): ${message}`),
      }),
    ),
  ];
  return {
    recycle: lambda.recycle,
    kill: lambda.kill,
    async stop() {
      await Promise.all(sources.map((source) => source.stop()));
      await lambda.stop();
    },
  };
}

function startLambda(
  settings: FunctionSettings,
  deps: PipelineFunctionDependencies,
): SandboxFunction {
  const { queues, watcher } = deps;
  const { name, timeoutMs, memoryMb } = settings;
  const bundle = join(deps.functions, basename(settings.bundle));
  if (!existsSync(bundle)) {
    throw new KubemendError(
      "InvalidConfiguration",
      `The function ${name} is not built: ${bundle} does not exist. Run \`npm run build\`.`,
      { retryable: false },
    );
  }
  const kubeconfig = deps.kubeconfigs[name];
  return startFunction({
    name,
    bundle,
    environment: {
      ...toFunctionEnvironment(settings, queues.queues),
      ...toAwsEnvironment(queues),
      ...(kubeconfig === undefined
        ? {}
        : { KUBEMEND_CLUSTER_ACCESS: JSON.stringify({ kubeconfig }) }),
      KUBEMEND_SIGNING_KEYS:
        deps.signingKeyFile === undefined ? "" : JSON.stringify({ file: deps.signingKeyFile }),
      KUBEMEND_PIPELINE: deps.packedPipeline,
      ...(deps.slackUrl === undefined ? {} : { [LOCAL_SLACK_VARIABLE]: deps.slackUrl }),
    },
    timeoutMs,
    memoryMb,
    concurrency: deps.concurrency ?? FUNCTION_CONCURRENCY,
    onLog: (line) => watcher.onFunctionLine(name, line),
  });
}

function startMapping(
  name: string,
  source: MappingSettings,
  lambda: SandboxFunction,
  { client, queues, watcher, messages, concurrency }: PipelineFunctionDependencies,
): EventSourceMapping {
  const queueUrl = queues.queues[source.queue] ?? "";
  return startEventSourceMapping({
    client,
    queueUrl,
    queueArn: toQueueArn(basename(queueUrl)),
    settings: source,
    concurrency: concurrency ?? FUNCTION_CONCURRENCY,
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
    invoke: (event) => {
      if (source.queue === "changes") {
        for (const record of event.Records) messages.add(record.messageId);
      }
      return lambda.invoke(event);
    },
    onProblem: (problem) =>
      watcher.onProblem(`${name} (${problem.step} ${problem.queue}): ${problem.message}`),
  });
}
