import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";
import { KubemendError } from "../../core/errors.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { planPermissions } from "../../core/pipeline/permissions.ts";
import type { AlertMessage } from "../../events/alert.ts";
import { HOME_NAMESPACE, installAccess } from "../access/install-access.ts";
import { ensureSigningKey } from "../access/ensure-signing-key.ts";
import { countDeadLetters } from "../queues/dead-letters.ts";
import { startPipelineFunction } from "./pipeline-function.ts";
import { createPipelineWatcher } from "./pipeline-watcher.ts";
import { findProjectRoot } from "../host/project-root.ts";
import { toAwsEnvironment, type QueueAddresses } from "../queues/queue-process.ts";
import { createRelayProcess, type RelayProcess } from "./relay-process.ts";
import { readFunctionSettings } from "../runtime/function-settings.ts";

const LEASE = "kubemend-relay";

export type PipelineOptions = {
  readonly dataDir: string;
  readonly source: PipelineSource;
  readonly functions: string;
  readonly script: string;
  readonly kubernetes: KubernetesClient;
  /** PEM file of the CA that verifies the API server's certificate. */
  readonly caFile: string;
  readonly queues: QueueAddresses;
};

/** A valid pipeline file. */
export type PipelineSource = {
  readonly file: string;
  readonly pipeline: Pipeline;
  /** As the functions read it, in JSON. */
  readonly document: unknown;
};

/** The running relay and functions. */
export type RunningPipeline = {
  readonly relay: Pick<RelayProcess, "kill" | "start">;
  /** The alerts that notify has delivered, oldest first. */
  readonly alerts: () => readonly AlertMessage["data"][];
  /** The number of messages that normalize has received. */
  readonly messages: () => number;
  readonly broken: () => string | undefined;
  /** The latest problems, to explain why a step did not complete. */
  readonly diagnose: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

/** Throws InvalidPipeline with each issue and its place if the file is not valid, InvalidConfiguration if it does not exist. */
export async function readPipelineSource(file: string): Promise<PipelineSource> {
  const read = await readPipelineFile(file);
  if (read.ok) return { file, ...read.value };
  const issues = read.error.map(
    (issue) => `${file}:${issue.line}:${issue.column} ${issue.message}`,
  );
  throw new KubemendError("InvalidPipeline", issues.join("\n"), { retryable: false });
}

/**
 * Starts the pipeline on a running control plane and queues: permissions first, then the functions, then the relay.
 * Throws InvalidConfiguration if the functions are not built.
 */
export async function startPipeline(
  options: PipelineOptions,
  signal: AbortSignal,
): Promise<RunningPipeline> {
  const root = findProjectRoot();
  const kubeconfigs = await grantAccess(options, signal);
  const signingKeyFile = await ensureSigningKey(options, signal);
  await using stack = new AsyncDisposableStack();
  const client = createClient(options.queues);
  stack.defer(() => client.destroy());
  const watcher = createPipelineWatcher();
  const messages = new Set<string>();
  for (const settings of readFunctionSettings(root)) {
    stack.defer(
      startPipelineFunction(settings, {
        functions: options.functions,
        packedPipeline: toPackedPipeline(options),
        queues: options.queues,
        client,
        kubeconfigs,
        signingKeyFile,
        watcher,
        messages,
      }),
    );
  }
  const relay = createRelayProcess({
    script: options.script,
    config: options.source.file,
    stateDir: join(options.dataDir, "relay"),
    lease: `${HOME_NAMESPACE}/${LEASE}`,
    environment: {
      ...process.env,
      ...toAwsEnvironment(options.queues),
      KUBECONFIG: kubeconfigs["relay"],
      KUBEMEND_SIGNING_KEY_FILE: signingKeyFile,
      KUBEMEND_CHANGES_QUEUE_URL: options.queues.queues["changes"],
    },
    onLine: watcher.onRelayLine,
  });
  stack.defer(relay.stop);
  await relay.start(signal);
  const parts = stack.move();
  return {
    relay,
    alerts: () => watcher.alerts,
    messages: () => messages.size,
    broken: relay.broken,
    async diagnose() {
      const letters = await countDeadLetters(client, options.queues.queues);
      const counts = [...letters].map(([name, count]) => `${count} in ${name}`);
      const dead =
        counts.length === 0 ? [] : [`Messages in dead-letter queues: ${counts.join(", ")}.`];
      return [...watcher.problems, ...dead].join(" ");
    },
    stop: () => parts.disposeAsync(),
  };
}

/** Installs the CRD of records, gives each identity the permissions that the pipeline needs, and packs the pipeline for the functions. */
async function grantAccess(
  options: PipelineOptions,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { pipeline, document } = options.source;
  writeFileSync(toPackedPipeline(options), JSON.stringify(document));
  const discovery = createDiscovery({
    client: options.kubernetes,
    now: () => performance.now(),
  });
  const { relay, normalize, remediate, sweep } = planPermissions(
    pipeline,
    await discovery.catalog(signal),
  );
  return installAccess(
    {
      client: options.kubernetes,
      dir: join(options.dataDir, "access"),
      caFile: options.caFile,
      crds: listYaml("crds"),
      admission: listYaml("admission"),
      permissions: { relay, normalize, remediate, sweep },
    },
    signal,
  );
}

function listYaml(name: string): readonly string[] {
  const folder = join(findProjectRoot(), "infra", name);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => join(folder, file));
}

const toPackedPipeline = (options: PipelineOptions): string =>
  join(options.dataDir, "pipeline.json");

const createClient = (queues: QueueAddresses): SQSClient =>
  new SQSClient({
    region: queues.region,
    endpoint: queues.endpoint,
    credentials: { accessKeyId: "sandbox", secretAccessKey: "sandbox" },
  });
