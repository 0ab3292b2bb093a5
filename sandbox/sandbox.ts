import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createFolder } from "../adapters/create-folder.ts";
import type { KubernetesClient } from "../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { applyObject } from "./access/apply-object.ts";
import {
  startBackupCluster,
  type BackupCluster,
  type StartedBackup,
} from "./backup/backup-cluster.ts";
import { ensureBinaries, type Binaries } from "./build/binaries.ts";
import { formatProgressBar, type Progress } from "./build/progress.ts";
import { startControlPlane, type ControlPlane } from "./control-plane/control-plane.ts";
import { writeKubeconfig } from "./control-plane/kubeconfig.ts";
import { createExitMonitor, type ExitMonitor } from "./exit-monitor.ts";
import { readPipelineSource } from "./pipeline/pipeline-source.ts";
import {
  startPipeline,
  type PipelineListener,
  type RunningPipeline,
} from "./pipeline/start-pipeline.ts";
import { findProjectRoot } from "./host/project-root.ts";
import {
  startQueueProcess,
  type QueueAddresses,
  type QueueProcess,
} from "./queues/queue-process.ts";

export const SANDBOX_NAMESPACE = "demo";

const NAMESPACE = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: SANDBOX_NAMESPACE },
} as const;

/** The addresses of a running sandbox; `kubemend sandbox up --json` prints them, and scripts rely on them. */
export type SandboxInfo = {
  readonly kubeconfig: string;
  readonly apiServer: string;
  /** The kubeconfig's namespace, for the user's own objects. */
  readonly namespace: string;
  readonly sqs: Pick<QueueAddresses, "endpoint" | "region" | "queues">;
};

export type SandboxOptions = {
  readonly dataDir: string;
  /** Starts only the control plane and the queues. */
  readonly bare: boolean;
  /** Pipeline file; default: the sandbox's own. */
  readonly config?: string | undefined;
  /** Folder of the functions' bundles; default: dist/functions. */
  readonly functions?: string | undefined;
  /** With a second cluster, which pipeline files call `backup`. */
  readonly hasBackup?: boolean | undefined;
  /** Called while the pipeline runs. */
  readonly listener?: PipelineListener | undefined;
};

export type Sandbox = {
  readonly info: SandboxInfo;
  /** Absolute path of the pipeline file; absent when bare. */
  readonly config?: string | undefined;
  readonly kubernetes: KubernetesClient;
  readonly controlPlane: ControlPlane;
  readonly backup?: BackupCluster | undefined;
  /** Absent when bare. */
  readonly pipeline?: RunningPipeline;
  /** Which part has exited unexpectedly, in a sentence; undefined while all parts run. */
  readonly broken: () => string | undefined;
  /** Resolves when the signal aborts; rejects when a part exits unexpectedly. */
  readonly ended: (signal: AbortSignal) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Receives what is being done, in a few words, with the elapsed time. */
export type ProgressListener = (text: string) => void;

/**
 * Starts a real control plane and queues, and, unless bare, the whole pipeline on them. Everything stops with this process.
 * The first start builds the control plane (minutes) and reports that to `progress`. Rejects with the signal's reason when aborted.
 */
export async function startSandbox(
  options: SandboxOptions,
  progress: ProgressListener,
  signal: AbortSignal,
): Promise<Sandbox> {
  const root = findProjectRoot();
  const script = join(root, "dist", "kubemend.mjs");
  createFolder(options.dataDir, 0o700);
  // Read before anything slow, so that an invalid file is reported at once.
  const source = options.bare
    ? undefined
    : await readPipelineSource(
        resolve(options.config ?? join(root, "sandbox", toOwnFile(options))),
      );
  const exits = createExitMonitor();
  await using stack = new AsyncDisposableStack();
  const { queues, controlPlane, backup } = await startFoundations(
    { options, script, progress, exits, stack },
    signal,
  );
  const kubeconfig = writeUserKubeconfig(options.dataDir, controlPlane);
  const kubernetes = await connectKubeConfig({ kubeconfig });
  stack.defer(() => kubernetes.close());
  await applyObject(kubernetes, "/api/v1/namespaces", NAMESPACE, signal);
  let pipeline: RunningPipeline | undefined;
  if (source !== undefined) {
    progress("starting the relay and the functions");
    const functions = options.functions ?? join(root, "dist", "functions");
    pipeline = await startPipeline(
      {
        dataDir: options.dataDir,
        source,
        functions,
        script,
        kubernetes,
        caFile: controlPlane.caFile,
        queues,
        backup,
        listener: options.listener,
      },
      signal,
    );
    stack.defer(pipeline.stop);
  }
  // Runs before anything is stopped: exits are expected from then on.
  stack.defer(exits.expect);
  const parts = stack.move();
  const { endpoint, region, queues: urls } = queues;
  return {
    info: {
      kubeconfig,
      apiServer: controlPlane.server,
      namespace: SANDBOX_NAMESPACE,
      sqs: { endpoint, region, queues: urls },
    },
    kubernetes,
    controlPlane,
    backup,
    config: source?.file,
    ...(pipeline === undefined ? {} : { pipeline }),
    broken: () => exits.cause() ?? pipeline?.broken(),
    ended: exits.untilAbortedOrExited,
    stop: () => parts.disposeAsync(),
  };
}

/** The pipeline of the sandbox itself. */
function toOwnFile({ hasBackup = false }: SandboxOptions): string {
  return hasBackup ? "two-clusters.yaml" : "pipeline.yaml";
}

type Foundations = {
  readonly options: SandboxOptions;
  readonly script: string;
  readonly progress: ProgressListener;
  readonly exits: ExitMonitor;
  readonly stack: AsyncDisposableStack;
};

function describeBuild(state: Progress): string {
  if (state.stage === "found") return state.message;
  const bar = formatProgressBar(state);
  const step = `${state.message}, ${Math.round(state.elapsedMs / 1000)} s`;
  return bar === "" ? step : `${step} ${bar}`;
}

/** Starts control planes and queues concurrently. Each that has started is on the stack, even if another one failed. */
async function startFoundations(
  { options, script, progress, exits, stack }: Foundations,
  signal: AbortSignal,
): Promise<{
  readonly queues: QueueProcess;
  readonly controlPlane: ControlPlane;
  readonly backup: BackupCluster | undefined;
}> {
  const binaries = await ensureBinaries(
    {
      progress: (state) => progress(describeBuild(state)),
    },
    signal,
  );
  progress("starting the control plane and the queues");
  const starting = {
    backup: startSecond({ options, exits }, binaries, signal),
    queues: startQueueProcess({ script, dataDir: join(options.dataDir, "queues") }, signal),
    controlPlane: startControlPlane(
      {
        dataDir: join(options.dataDir, "control-plane"),
        binaries,
        onExit: ({ name, lastLines }) => exits.report(name, lastLines.join("\n")),
      },
      signal,
    ),
  };
  for (const outcome of await Promise.allSettled(Object.values(starting))) {
    const started = outcome.status === "fulfilled" ? outcome.value : undefined;
    if (started !== undefined) stack.defer(() => started.stop());
  }
  const queues = await starting.queues;
  void queues.exited.then(() => exits.report("queues", queues.tail()));
  return { queues, controlPlane: await starting.controlPlane, backup: await starting.backup };
}

/** The second cluster, if the options ask for it. */
async function startSecond(
  { options, exits }: Pick<Foundations, "options" | "exits">,
  binaries: Binaries,
  signal: AbortSignal,
): Promise<StartedBackup | undefined> {
  if (options.hasBackup !== true) return undefined;
  return startBackupCluster(
    {
      folder: join(options.dataDir, "backup"),
      binaries,
      namespace: SANDBOX_NAMESPACE,
      onExit: (name, lines) => exits.report(name, lines.join("\n")),
    },
    signal,
  );
}

/** The administrator's kubeconfig, with the namespace for the user's own objects. */
function writeUserKubeconfig(dataDir: string, controlPlane: ControlPlane): string {
  const path = join(dataDir, "kubeconfig");
  writeKubeconfig(path, {
    server: controlPlane.server,
    ca: readFileSync(controlPlane.caFile, "utf8"),
    token: controlPlane.adminToken,
    user: "admin",
    namespace: SANDBOX_NAMESPACE,
  });
  return path;
}
