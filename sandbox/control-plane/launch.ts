import { join } from "node:path";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../adapters/kubernetes/connect/lean-connection.ts";
import { isKubemendError } from "../../core/errors.ts";
import type { Credentials } from "./credentials.ts";
import { readLastPort, writePort, type DataFolder } from "./data-folder.ts";
import {
  toApiServerFlags,
  toControllerManagerFlags,
  toEtcdFlags,
  toKwokFlags,
  toSchedulerFlags,
} from "./flags.ts";
import { findFreePort } from "../host/free-port.ts";
import { writeKubeconfig, type KubeconfigEntry } from "./kubeconfig.ts";
import type { ProcessSet } from "./process-set.ts";
import {
  hasDefaultAccount,
  isNodeReady,
  NODE_LEASES,
  readCa,
  readVersion,
  waitFor,
  type Wait,
} from "./readiness.ts";

export type LaunchInput = {
  readonly folder: DataFolder;
  readonly socketFolder: string;
  readonly stagesFile: string;
  readonly credentials: Credentials;
  readonly processes: ProcessSet;
  readonly nodes: number;
  readonly apiOnly: boolean;
};

export type Launched = {
  readonly server: string;
  readonly kubeconfig: string;
  readonly adminToken: string;
  readonly version: string;
  /** Resolves when the API server answers that it is ready. */
  readonly untilServing: () => Promise<void>;
  /** To be called before kwok is started again. */
  readonly dropNodeLeases: () => Promise<void>;
};

type Serving = {
  readonly server: string;
  readonly ca: string;
  readonly kubeconfig: string;
  readonly version: string;
};

/** Starts everything in order: etcd and kube-apiserver, the kubeconfigs, then the programs that use the API, then the nodes. */
export async function launch(input: LaunchInput, signal: AbortSignal): Promise<Launched> {
  const { folder, processes } = input;
  processes.configure("etcd", toEtcdFlags(folder, input.socketFolder));
  processes.start("etcd");
  const { port, serving } = await startApiServer(input, signal);
  writePort(folder, port);
  if (!input.apiOnly) {
    await dropNodeLeases(serving, signal);
    startWorkers(input, serving);
    await untilPodsRun(input, serving, signal);
  }
  processes.reportExits();
  return {
    server: serving.server,
    kubeconfig: serving.kubeconfig,
    adminToken: input.credentials.adminToken,
    version: serving.version,
    async untilServing() {
      await untilServing(input, port, new AbortController().signal);
    },
    dropNodeLeases: () => dropNodeLeases(serving, new AbortController().signal),
  };
}

const PORT_ATTEMPTS = 3;

/** Another process may take the port between our choice and the server's use of it; if so, tries another port. */
async function startApiServer(
  input: LaunchInput,
  signal: AbortSignal,
): Promise<{ readonly port: number; readonly serving: Serving }> {
  const { processes } = input;
  let preferred = readLastPort(input.folder);
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort(preferred);
    processes.configure("kube-apiserver", toApiServerFlags({ ...input, port }));
    processes.start("kube-apiserver");
    try {
      return { port, serving: await untilServing(input, port, signal) };
    } catch (error) {
      const taken =
        isKubemendError(error, "Unavailable") && /address already in use/.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
      preferred = undefined;
    }
  }
}

async function untilServing(
  input: LaunchInput,
  port: number,
  signal: AbortSignal,
): Promise<Serving> {
  const { folder, credentials } = input;
  const ca = await waitFor(
    toWait(input, "the API server's certificate"),
    () => readCa(folder.caFile),
    signal,
  );
  const server = `https://127.0.0.1:${port}`;
  const kubeconfig = writeUser(folder, {
    server,
    ca,
    user: "admin",
    token: credentials.adminToken,
  });
  const client = await connectLean({ kubeconfig });
  try {
    const wait = toWait(input, "a ready API server");
    const version = await waitFor(wait, () => readVersion(client), signal);
    return { server, ca, kubeconfig, version };
  } finally {
    await client.close();
  }
}

function startWorkers(
  { folder, credentials, processes, stagesFile }: LaunchInput,
  { server, ca }: Serving,
): void {
  const toKubeconfig = (user: string, token: string): string =>
    writeUser(folder, { server, ca, user, token });
  const manager = toKubeconfig("controller-manager", credentials.controllerManagerToken);
  const scheduler = toKubeconfig("scheduler", credentials.schedulerToken);
  const kwok = toKubeconfig("kwok", credentials.kwokToken);
  processes.configure(
    "kube-controller-manager",
    toControllerManagerFlags(folder, credentials, manager),
  );
  processes.configure("kube-scheduler", toSchedulerFlags(scheduler));
  processes.configure("kwok", toKwokFlags(kwok, stagesFile));
  for (const name of ["kube-controller-manager", "kwok", "kube-scheduler"] as const) {
    processes.start(name);
  }
}

function writeUser(folder: DataFolder, entry: KubeconfigEntry): string {
  const path = join(folder.credentials, `${entry.user}.kubeconfig`);
  writeKubeconfig(path, entry);
  return path;
}

async function untilPodsRun(
  input: LaunchInput,
  { kubeconfig }: Serving,
  signal: AbortSignal,
): Promise<void> {
  const client = await connectLean({ kubeconfig });
  try {
    const names = Array.from({ length: input.nodes }, (_, index) => `node-${index + 1}`);
    await Promise.all(names.map((name) => createNode(client, name)));
    const account = "the ServiceAccount default, which the controller manager creates,";
    await waitFor(toWait(input, account), () => hasDefaultAccount(client), signal);
    for (const name of names) {
      await waitFor(toWait(input, `a ready ${name}`), () => isNodeReady(client, name), signal);
    }
  } finally {
    await client.close();
  }
}

/**
 * A new kwok waits until the Lease that an earlier one held on a node has expired, and plays nothing on that node before: its pods would
 * hang for up to 40 s.
 */
async function dropNodeLeases({ kubeconfig }: Serving, signal: AbortSignal): Promise<void> {
  const client = await connectLean({ kubeconfig });
  try {
    await client.request({ method: "DELETE", path: NODE_LEASES, signal });
  } finally {
    await client.close();
  }
}

async function createNode(client: KubernetesClient, name: string): Promise<void> {
  const labels = { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" };
  const body = { apiVersion: "v1", kind: "Node", metadata: { name, labels } };
  try {
    await client.request({ method: "POST", path: "/api/v1/nodes", body });
  } catch (error) {
    // It exists from an earlier start.
    if (!isKubemendError(error, "AlreadyExists")) throw error;
  }
}

const toWait = (input: LaunchInput, about: string): Wait => ({
  about,
  check: input.processes.check,
  logs: input.folder.logs,
});
