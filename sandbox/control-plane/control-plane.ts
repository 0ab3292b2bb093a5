import { join } from "node:path";
import { KubemendError } from "../../core/errors.ts";
import { findProjectRoot } from "../host/project-root.ts";
import {
  startSecondApiServer,
  type SecondApiServer,
  type SecondApiServerInput,
} from "./second-api-server.ts";
import type { Binaries } from "../build/binaries.ts";
import { dropOldCertificate, writeCredentials } from "./credentials.ts";
import { createSocketFolder, openDataFolder, type DataFolder } from "./data-folder.ts";
import { compactHistory } from "./etcd-history.ts";
import { readHolder, tryLock, type FileLock } from "../host/file-lock.ts";
import { toEtcdSocket } from "./flags.ts";
import { launch, type Launched } from "./launch.ts";
import type { ProcessExit } from "./managed-process.ts";
import { createProcessSet, type ExtraFlags, type ProcessSet } from "./process-set.ts";
import type { BinaryName } from "../build/recipe.ts";
import { killStaleProcesses } from "./stale-processes.ts";

export type ControlPlaneOptions = {
  /** Used by this control plane alone: etcd's data, credentials, logs. A later start continues with what is there. */
  readonly dataDir: string;
  readonly binaries: Binaries;
  /** Only etcd and kube-apiserver: nothing acts on objects by itself. Default false. */
  readonly apiOnly?: boolean | undefined;
  /** Fake nodes, named node-1 and so on; default 1. */
  readonly nodes?: number | undefined;
  /** Appended to the flags of each program, so that they take precedence: feature gates, for example. */
  readonly extraFlags?: ExtraFlags | undefined;
  /** Called when a program exits unexpectedly after the start. */
  readonly onExit?: ((exit: ProcessExit) => void) | undefined;
};

export type ControlPlane = {
  /** https://127.0.0.1:PORT */
  readonly server: string;
  /** PEM file of the CA that the server's certificate is verified with. */
  readonly caFile: string;
  /** Belongs to a user in system:masters. */
  readonly adminToken: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Kubernetes version, without the v. */
  readonly version: string;
  /** Folder with one log file per program. */
  readonly logs: string;
  /** The running programs, with their pids. */
  readonly running: () => Partial<Record<BinaryName, number>>;
  /** Stops one program (SIGTERM, then SIGKILL after `graceMs`; 0 = at once) and leaves the others running; `onExit` is not called. */
  readonly stopProcess: (name: BinaryName, graceMs?: number) => Promise<void>;
  /** Starts one again: same port, same data, other `extraFlags` if given. Waits until the API server is ready, if it is that one. */
  readonly startProcess: (name: BinaryName, extraFlags?: readonly string[]) => Promise<void>;
  readonly restart: (name: BinaryName, extraFlags?: readonly string[]) => Promise<void>;
  /** Starts another kube-apiserver on the same etcd, for example of another version. It stops with the control plane at the latest. */
  readonly startSecondApiServer: (
    program: string,
    extraFlags?: readonly string[],
  ) => Promise<SecondApiServer>;
  /** Compacts etcd's history up to the returned revision. */
  readonly compactHistory: () => Promise<number>;
  /** Stops everything; resolves when no process is left. Idempotent. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok on loopback, and resolves when pods can run.
 * No program outlives this process, however it exits. When the signal aborts, everything is stopped.
 * Throws StateFolder if another control plane uses the data folder, Unavailable with a program's last log lines if it exits,
 * Timeout after a minute.
 */
export async function startControlPlane(
  options: ControlPlaneOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<ControlPlane> {
  signal.throwIfAborted();
  await using stack = new AsyncDisposableStack();
  const folder = openDataFolder(options.dataDir);
  stack.use(lockFolder(folder));
  await killStaleProcesses(folder);
  dropOldCertificate(folder, Date.now());
  const sockets = stack.use(createSocketFolder(folder));
  const processes = createProcessSet({
    folder,
    binaries: options.binaries,
    extraFlags: options.extraFlags ?? {},
    onExit: (exit) => options.onExit?.(exit),
  });
  stack.defer(() => processes.stopAll());
  const credentials = writeCredentials(folder);
  const secondServers = stack.use(
    createSecondApiServers({ folder, socketFolder: sockets.path, credentials }),
  );
  const launched = await launch(
    {
      folder,
      socketFolder: sockets.path,
      stagesFile: join(findProjectRoot(), "sandbox", "control-plane", "stages.yaml"),
      credentials,
      processes,
      nodes: options.apiOnly === true ? 0 : (options.nodes ?? 1),
      apiOnly: options.apiOnly === true,
    },
    signal,
  );
  const stop = createStop(stack.move());
  signal.addEventListener("abort", () => void stop(), { once: true });
  return toControlPlane({
    folder,
    socketFolder: sockets.path,
    processes,
    launched,
    startSecondApiServer: secondServers.start,
    stop,
  });
}

type SecondApiServers = AsyncDisposable & {
  readonly start: ControlPlane["startSecondApiServer"];
};

/** Starts further API servers, and stops all of them when it is disposed. */
function createSecondApiServers(
  input: Pick<SecondApiServerInput, "folder" | "socketFolder" | "credentials">,
): SecondApiServers {
  const servers: SecondApiServer[] = [];
  return {
    async start(program, extraFlags = []) {
      const server = await startSecondApiServer({ ...input, program, extraFlags });
      servers.push(server);
      return server;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map(({ stop }) => stop()));
    },
  };
}

/** Runs once, however often it is called. */
function createStop(stack: AsyncDisposableStack): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= stack.disposeAsync());
}

type Parts = {
  readonly folder: DataFolder;
  readonly socketFolder: string;
  readonly processes: ProcessSet;
  readonly launched: Launched;
  readonly startSecondApiServer: ControlPlane["startSecondApiServer"];
  readonly stop: () => Promise<void>;
};

function toControlPlane(parts: Parts): ControlPlane {
  const { folder, socketFolder, processes, launched, startSecondApiServer, stop } = parts;
  const startProcess = async (name: BinaryName, extraFlags?: readonly string[]): Promise<void> => {
    // Without an API server there is nothing to drop yet.
    if (name === "kwok") await launched.dropNodeLeases().catch(() => {});
    processes.start(name, extraFlags);
    if (name === "kube-apiserver") await launched.untilServing();
  };
  return {
    server: launched.server,
    caFile: folder.caFile,
    adminToken: launched.adminToken,
    kubeconfig: launched.kubeconfig,
    version: launched.version,
    logs: folder.logs,
    running: processes.running,
    stopProcess: processes.stop,
    startProcess,
    async restart(name, extraFlags) {
      await processes.stop(name);
      await startProcess(name, extraFlags);
    },
    startSecondApiServer,
    compactHistory: () => compactHistory(toEtcdSocket(socketFolder)),
    stop,
  };
}

function lockFolder(folder: DataFolder): FileLock {
  const lock = tryLock(folder.lock);
  if (lock !== undefined) return lock;
  const holder = readHolder(folder.lock);
  throw new KubemendError(
    "StateFolder",
    `A control plane is already running in ${folder.root}${holder === undefined ? "" : ` (process ${holder})`}. Stop it with \`kubemend sandbox down\` and the same --data-dir, or choose another one.`,
    { retryable: false },
  );
}
