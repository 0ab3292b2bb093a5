import { join } from "node:path";
import type { SQSClient } from "@aws-sdk/client-sqs";
import {
  startPipelineFunction,
  type PipelineFunction,
} from "../../../sandbox/pipeline/pipeline-function.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import {
  readFunctionSettings,
  type FunctionSettings,
} from "../../../sandbox/runtime/function-settings.ts";
import { createTestQueueClient } from "../queues/queue-server.ts";
import { startQueueTap, type QueueTap } from "../queues/queue-tap.ts";
import { createRelayProcess, type RelayUnderTest } from "./relay-process.ts";

/** A relay, which is not started yet, and all functions, on queues whose traffic is kept. */
export type TappedPipeline = {
  readonly tap: QueueTap;
  readonly relay: RelayUnderTest;
  /** Addresses of the queues through the tap, by their names. */
  readonly queues: Readonly<Record<string, string>>;
  readonly queueClient: SQSClient;
  readonly functions: ReadonlyMap<string, PipelineFunction>;
  /** The lines that the functions have logged, at DEBUG. */
  readonly functionLines: readonly string[];
};

export type TappedPipelineSetup = {
  /** The running queues. */
  readonly sqs: {
    readonly endpoint: string;
    readonly region: string;
    readonly queues: Readonly<Record<string, string>>;
  };
  /** The kubeconfig files of relay and functions. */
  readonly kubeconfigs: Readonly<Record<string, string>>;
  /** The pipeline file. */
  readonly config: string;
  /** The folder of the relay's state. */
  readonly stateDir: string;
  /** Changes how a function is deployed; default: as serverless.yml says. */
  readonly toSettings?: (settings: FunctionSettings) => FunctionSettings;
};

/** The sweep runs each second: a test does not wait for a minute. */
export const withFrequentSweeps = (settings: FunctionSettings): FunctionSettings => ({
  ...settings,
  schedules: settings.schedules.map(() => ({ everyMs: 1_000 })),
});

/** Everything that is started is stopped by the stack. */
export async function startTappedPipeline(
  stack: AsyncDisposableStack,
  setup: TappedPipelineSetup,
): Promise<TappedPipeline> {
  const { sqs, kubeconfigs, config, stateDir } = setup;
  const tap = stack.use(await startQueueTap(sqs.endpoint));
  const queues = Object.fromEntries(
    Object.entries(sqs.queues).map(([name, url]) => [name, tap.toTapped(url)]),
  );
  const queueClient = createTestQueueClient(new URL(queues["changes"] ?? "").origin);
  stack.defer(() => queueClient.destroy());
  const started = startFunctions(stack, setup, { queues, queueClient });
  const relay = stack.use(
    createRelayProcess({
      config,
      stateDir,
      environment: {
        KUBECONFIG: kubeconfigs["relay"],
        KUBEMEND_CHANGES_QUEUE_URL: queues["changes"],
        AWS_REGION: sqs.region,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
    }),
  );
  return { tap, relay, queues, queueClient, ...started };
}

/** All functions, which log at DEBUG, and their lines, which grow. */
function startFunctions(
  stack: AsyncDisposableStack,
  { sqs, kubeconfigs, config, toSettings = (settings) => settings }: TappedPipelineSetup,
  { queues, queueClient }: Pick<TappedPipeline, "queues" | "queueClient">,
): Pick<TappedPipeline, "functions" | "functionLines"> {
  const lines: string[] = [];
  const endpoint = new URL(queues["changes"] ?? "").origin;
  const port = Number(new URL(endpoint).port);
  const functions = new Map<string, PipelineFunction>();
  for (const deployed of readFunctionSettings(findProjectRoot())) {
    const settings = toSettings(deployed);
    const debug = { POWERTOOLS_LOG_LEVEL: { type: "text", text: "DEBUG" } } as const;
    const started = startPipelineFunction(
      { ...settings, environment: { ...settings.environment, ...debug } },
      {
        functions: join(findProjectRoot(), "dist", "functions"),
        packedPipeline: config,
        queues: { endpoint, region: sqs.region, port, queues },
        client: queueClient,
        kubeconfigs,
        watcher: {
          alerts: [],
          problems: [],
          onFunctionLine: (name, line) => lines.push(`${name} ${line}`),
          onRelayLine: () => {},
          onProblem: (problem) => lines.push(problem),
        },
        messages: new Set(),
      },
    );
    stack.defer(started.stop);
    functions.set(settings.name, started);
  }
  return { functions, functionLines: lines };
}
