import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { viewFrom } from "../../core/pipeline/source-view.ts";
import { planPermissions } from "../../core/pipeline/rights/permissions.ts";
import type { AlertMessage } from "../../events/alert.ts";
import { listInfraFiles } from "../access/infra-files.ts";
import { HOME_NAMESPACE, installAccess } from "../access/install-access.ts";
import { ensureSigningKey } from "../access/ensure-signing-key.ts";
import { createNamespaces, listNamedNamespaces } from "../access/named-namespaces.ts";
import {
  grantInBackup,
  toBackupKubeconfig,
  withBackupAccess,
  type BackupCluster,
  type IdentityInBackup,
} from "../backup/backup-cluster.ts";
import { countDeadLetters } from "../queues/dead-letters.ts";
import { startPipelineFunction, type PipelineFunction } from "./pipeline-function.ts";
import { openPipelineLog } from "./pipeline-log.ts";
import { followPipelineSource, type PipelineSource } from "./pipeline-source.ts";
import { createPipelineWatcher, type PipelineWatcher } from "./pipeline-watcher.ts";
import { findProjectRoot } from "../host/project-root.ts";
import { toAwsEnvironment, type QueueAddresses } from "../queues/queue-process.ts";
import { createSandboxClient } from "../queues/sandbox-client.ts";
import { listLocalReceivers, startLocalSlack, type LocalSlack } from "../receiver/local-slack.ts";
import { createRelayProcess, type RelayProcess } from "./relay-process.ts";
import { readFunctionSettings, type FunctionSettings } from "../runtime/function-settings.ts";

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
  /** The cluster that a pipeline file calls `backup`; absent: it has the access that the file states. */
  readonly backup?: BackupCluster | undefined;
  /** A relay that runs already, and that the caller stops; default: one of this pipeline's own. */
  readonly relay?: RelayProcess | undefined;
  readonly listener?: PipelineListener | undefined;
};

/** What a running pipeline does, as it happens. */
export type PipelineListener = {
  readonly onAlert?: (alert: AlertMessage["data"]) => void;
  /** A sentence about the pipeline file: it has changed and is used, or it cannot be used. */
  readonly onNotice?: (text: string) => void;
};

/** The running relay and functions. */
export type RunningPipeline = {
  readonly relay: Pick<RelayProcess, "kill" | "start">;
  /** The namespaces that the pipeline names and that did not exist before. */
  readonly createdNamespaces: readonly string[];
  /** The alerts that notify has delivered, oldest first. */
  readonly alerts: () => readonly AlertMessage["data"][];
  /** The number of messages that normalize has received. */
  readonly messages: () => number;
  /** The sandbox's own Slack, and which receivers of the pipeline file it is. */
  readonly slack: {
    readonly receivers: ReadonlySet<string>;
    readonly messages: LocalSlack["messages"];
  };
  readonly broken: () => string | undefined;
  /** The latest problems, to explain why a step did not complete. */
  readonly diagnose: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

/**
 * Starts the pipeline on a running control plane and queues: permissions first, then the functions, then the relay.
 * Throws InvalidConfiguration if the functions are not built.
 */
export async function startPipeline(
  options: PipelineOptions,
  signal: AbortSignal,
): Promise<RunningPipeline> {
  const root = findProjectRoot();
  const { kubernetes, source, dataDir } = options;
  const createdNamespaces = await createNamespaces(
    kubernetes,
    listNamedNamespaces(source.pipeline),
    signal,
  );
  const kubeconfigs = await grantAccess(options, source, signal);
  const signingKeyFile = await ensureSigningKey(options, signal);
  copyForRelay(options, source);
  await using stack = new AsyncDisposableStack();
  const client = createSandboxClient(options.queues);
  stack.defer(() => client.destroy());
  const log = openPipelineLog(dataDir);
  stack.defer(log.close);
  const watcher = createPipelineWatcher({ ...options.listener, onLine: log.write });
  const messages = new Set<string>();
  const slack = await startLocalSlack();
  stack.defer(slack.stop);
  const functions = readFunctionSettings(root).map((deployed) => {
    const settings = toSandboxSettings(options, deployed);
    const started = startPipelineFunction(settings, {
      functions: options.functions,
      packedPipeline: toPackedPipeline(options, toIdentityInBackup(settings)),
      queues: options.queues,
      client,
      kubeconfigs,
      signingKeyFile,
      slackUrl: slack.url,
      watcher,
      messages,
    });
    stack.defer(started.stop);
    return started;
  });
  const relay = options.relay ?? createRelay(options, { kubeconfigs, signingKeyFile, watcher });
  if (options.relay === undefined) {
    stack.defer(relay.stop);
    await relay.start(signal);
  }
  stack.defer(startFollowing(options, functions));
  const parts = stack.move();
  return {
    relay,
    createdNamespaces,
    alerts: () => watcher.alerts,
    messages: () => messages.size,
    slack: {
      receivers: listLocalReceivers(source.pipeline.receivers),
      messages: slack.messages,
    },
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

/** With a second cluster the sweep runs every five seconds, so that a comparison of mirrors begins sooner than after a minute. */
const SCHEDULE_WITH_BACKUP_MS = 5_000;

function toSandboxSettings(
  { backup }: PipelineOptions,
  settings: FunctionSettings,
): FunctionSettings {
  if (backup === undefined) return settings;
  const schedules = settings.schedules.map(() => ({ everyMs: SCHEDULE_WITH_BACKUP_MS }));
  return { ...settings, schedules };
}

function createRelay(
  options: PipelineOptions,
  deps: {
    readonly kubeconfigs: Readonly<Record<string, string>>;
    readonly signingKeyFile: string;
    readonly watcher: PipelineWatcher;
  },
): RelayProcess {
  return createRelayProcess({
    script: options.script,
    config: toRelayPipeline(options),
    stateDir: join(options.dataDir, "relay"),
    lease: `${HOME_NAMESPACE}/${LEASE}`,
    environment: {
      ...process.env,
      ...toAwsEnvironment(options.queues),
      KUBECONFIG: deps.kubeconfigs["relay"],
      KUBEMEND_SIGNING_KEY_FILE: deps.signingKeyFile,
      KUBEMEND_CHANGES_QUEUE_URL: options.queues.queues["changes"],
    },
    onLine: deps.watcher.onRelayLine,
  });
}

/** Installs the CRD of records, gives each identity the permissions that the pipeline needs, and packs the pipeline for the functions. */
async function grantAccess(
  options: PipelineOptions,
  { pipeline, document }: PipelineSource,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const discovery = createDiscovery({
    client: options.kubernetes,
    now: () => performance.now(),
  });
  const { relay, normalize, remediate, transfer, sweep } = planPermissions(
    viewFrom(pipeline, pipeline.cluster.name),
    await discovery.catalog(signal),
  );
  const kubeconfigs = await installAccess(
    {
      client: options.kubernetes,
      dir: join(options.dataDir, "access"),
      caFile: options.caFile,
      crds: listInfraFiles("crds"),
      admission: listInfraFiles("admission"),
      permissions: { relay, normalize, remediate, transfer, sweep },
    },
    signal,
  );
  if (options.backup !== undefined) await grantInBackup(options.backup, pipeline, signal);
  for (const identity of ["remediate", "transfer"] as const) {
    const used = toUsed(options, document, identity);
    replaceFile(toPackedPipeline(options, identity), JSON.stringify(used));
  }
  return kubeconfigs;
}

/**
 * Follows the pipeline file while the sandbox runs, and returns how to stop. In the order of an upgrade: permissions, functions, then
 * the relay, which reads a copy of the file, so that it never sends a change that the functions judge by the previous pipeline.
 */
function startFollowing(
  options: PipelineOptions,
  functions: readonly PipelineFunction[],
): () => Promise<void> {
  const stop = new AbortController();
  const { file } = options.source;
  const notice = options.listener?.onNotice ?? ((): void => {});
  const following = followPipelineSource(
    options.source,
    {
      async onChange(source) {
        const { kubernetes } = options;
        const names = listNamedNamespaces(source.pipeline);
        const created = await createNamespaces(kubernetes, names, stop.signal);
        await grantAccess(options, source, stop.signal);
        await Promise.all(functions.map(({ recycle }) => recycle()));
        copyForRelay(options, source);
        const also = created.length === 0 ? "" : ` Created the namespaces ${created.join(", ")}.`;
        notice(
          `${file} has changed: the functions use it now, and the relay follows within 5 s.${also}`,
        );
      },
      onRefused: (message) =>
        notice(`${file} has changed but cannot be used, so the previous one stays: ${message}`),
    },
    stop.signal,
  );
  return async () => {
    stop.abort();
    await following;
  };
}

function copyForRelay(options: PipelineOptions, { file, document }: PipelineSource): void {
  // JSON is YAML. Relay and functions compare the digests of what they read.
  const text =
    options.backup === undefined
      ? readFileSync(file, "utf8")
      : JSON.stringify(toUsed(options, document, "remediate"));
  replaceFile(toRelayPipeline(options), text);
}

/** The pipeline as the sandbox uses it, with the access of this identity to the second cluster. */
function toUsed(
  { backup }: PipelineOptions,
  document: unknown,
  identity: IdentityInBackup,
): unknown {
  if (backup === undefined) return document;
  return withBackupAccess(document, toBackupKubeconfig(backup, identity));
}

/** The identity whose access to the second cluster a function has in its pipeline. Most functions never use it. */
function toIdentityInBackup({ name }: FunctionSettings): IdentityInBackup {
  return name === "transfer" ? "transfer" : "remediate";
}

/** Its readers see the old or the new contents, never a part. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The relay's copy of the pipeline file. */
const toRelayPipeline = (options: PipelineOptions): string =>
  join(options.dataDir, "pipeline-of-relay.yaml");

/** A file has one access to each cluster, so transfer, which has rights of its own there, has a file of its own. */
const toPackedPipeline = ({ dataDir }: PipelineOptions, identity: IdentityInBackup): string =>
  join(dataDir, identity === "transfer" ? "pipeline-of-transfer.json" : "pipeline.json");
