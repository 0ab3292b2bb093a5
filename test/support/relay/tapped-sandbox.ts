import { join } from "node:path";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { readPipelineFile } from "../../../adapters/pipeline-file.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import { startPipelineFunction } from "../../../sandbox/pipeline/pipeline-function.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { readFunctionSettings } from "../../../sandbox/runtime/function-settings.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { createTestQueueClient } from "../queues/queue-server.ts";
import { startQueueTap, type QueueTap } from "../queues/queue-tap.ts";
import { createRelayProcess, type RelayUnderTest } from "./relay-process.ts";

/** A relay, which is not started yet, and all functions, on a real control plane and queues whose traffic is kept. */
export type TappedSandbox = {
  readonly sandbox: Sandbox;
  readonly tap: QueueTap;
  readonly relay: RelayUnderTest;
  /** Addresses of the queues through the tap, by their names. */
  readonly queues: Readonly<Record<string, string>>;
  /** What the functions have logged, at DEBUG. */
  readonly functionLines: readonly string[];
};

type Setup = {
  /** Where the sandbox keeps its data. */
  readonly folder: string;
  /** Where the relay keeps its state. */
  readonly stateDir: string;
  /** The pipeline file. */
  readonly config: string;
  /** A namespace that is created. */
  readonly namespace: string;
};

/** Everything that is started is stopped by the stack. */
export async function startTappedSandbox(
  stack: AsyncDisposableStack,
  { folder, stateDir, config, namespace }: Setup,
): Promise<TappedSandbox> {
  const sandbox = await startSandbox(
    { dataDir: join(folder, "sandbox"), bare: true },
    () => {},
    new AbortController().signal,
  );
  stack.defer(() => sandbox.stop());
  const { endpoint, region } = sandbox.info.sqs;
  const tap = stack.use(await startQueueTap(endpoint));
  const queues = Object.fromEntries(
    Object.entries(sandbox.info.sqs.queues).map(([name, url]) => [name, tap.toTapped(url)]),
  );
  const kubeconfigs = await grantAccess(sandbox, { folder, config, namespace });
  const functionLines = startFunctions(stack, { config, queues, region, kubeconfigs });
  const relay = stack.use(
    createRelayProcess({
      config,
      stateDir,
      environment: {
        KUBECONFIG: kubeconfigs.relay,
        KUBEMEND_CHANGES_QUEUE_URL: queues["changes"],
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
    }),
  );
  return { sandbox, tap, relay, queues, functionLines };
}

/** Identities with exactly the rights of the pipeline; their kubeconfig files. */
async function grantAccess(
  { kubernetes: client, controlPlane }: Sandbox,
  { folder, config, namespace }: Omit<Setup, "stateDir">,
): ReturnType<typeof installAccess> {
  const read = await readPipelineFile(config);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const discovery = createDiscovery({ client, now: () => performance.now() });
  const catalog = await discovery.catalog(new AbortController().signal);
  return installAccess({
    client,
    dir: join(folder, "access"),
    caFile: controlPlane.caFile,
    crds: listInfraFiles("crds"),
    admission: listInfraFiles("admission"),
    permissions: planPermissions(read.value.pipeline, catalog),
    namespaces: [namespace],
  });
}

/** All functions, which log at DEBUG; their lines, which grow. */
function startFunctions(
  stack: AsyncDisposableStack,
  deps: {
    readonly config: string;
    readonly queues: Readonly<Record<string, string>>;
    readonly region: string;
    readonly kubeconfigs: Readonly<Record<string, string>>;
  },
): readonly string[] {
  const { config, queues, region, kubeconfigs } = deps;
  const lines: string[] = [];
  const endpoint = new URL(queues["changes"] ?? "").origin;
  const port = Number(new URL(endpoint).port);
  const client = createTestQueueClient(endpoint);
  stack.defer(() => client.destroy());
  for (const settings of readFunctionSettings(findProjectRoot())) {
    const debug = { POWERTOOLS_LOG_LEVEL: { type: "text", text: "DEBUG" } } as const;
    const { stop } = startPipelineFunction(
      { ...settings, environment: { ...settings.environment, ...debug } },
      {
        functions: join(findProjectRoot(), "dist", "functions"),
        packedPipeline: config,
        queues: { endpoint, region, port, queues },
        client,
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
    stack.defer(stop);
  }
  return lines;
}
