import { join } from "node:path";
import { connectLean } from "../../adapters/kubernetes/connect/lean-connection.ts";
import { KubemendError } from "../../core/errors.ts";
import type { Credentials } from "./credentials.ts";
import type { DataFolder } from "./data-folder.ts";
import { toApiServerFlags } from "./flags.ts";
import { findFreePort } from "../host/free-port.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { createManagedProcess, describeExit, type ProcessExit } from "./managed-process.ts";
import { toProcessEnvironment } from "./process-set.ts";
import { readCa, readVersion, waitFor, type Wait } from "./readiness.ts";

/** A second kube-apiserver of a control plane: same etcd, certificates and tokens, its own port. */
export type SecondApiServer = {
  readonly port: number;
  /** Path of the administrator's kubeconfig for it. */
  readonly kubeconfig: string;
  /** Kubernetes version, without the v. */
  readonly version: string;
  /** Resolves when it has exited. Idempotent. */
  readonly stop: () => Promise<void>;
};

export type SecondApiServerInput = {
  readonly folder: DataFolder;
  readonly socketFolder: string;
  readonly credentials: Credentials;
  /** Path of the kube-apiserver. */
  readonly program: string;
  readonly extraFlags: readonly string[];
};

/** Resolves when it is ready. Throws Unavailable with its last log lines if it exits, Timeout after a minute. */
export async function startSecondApiServer(input: SecondApiServerInput): Promise<SecondApiServer> {
  const { folder, credentials } = input;
  const port = await findFreePort();
  let exit: ProcessExit | undefined;
  const server = createManagedProcess({
    name: "kube-apiserver",
    command: input.program,
    environment: toProcessEnvironment(process.env),
    logFile: join(folder.logs, `kube-apiserver-${port}.log`),
    onChange: () => undefined,
    onExit: (ended) => (exit = ended),
  });
  server.start([...toApiServerFlags({ ...input, port }), ...input.extraFlags]);
  const wait: Wait = {
    about: "a ready second API server",
    check() {
      if (exit === undefined) return;
      throw new KubemendError("Unavailable", describeExit(exit), { retryable: true });
    },
    logs: folder.logs,
  };
  const signal = new AbortController().signal;
  try {
    const ca = await waitFor(wait, () => readCa(folder.caFile), signal);
    const kubeconfig = join(folder.credentials, `admin-${port}.kubeconfig`);
    const address = `https://127.0.0.1:${port}`;
    writeKubeconfig(kubeconfig, {
      server: address,
      ca,
      user: "admin",
      token: credentials.adminToken,
    });
    const client = await connectLean({ kubeconfig });
    try {
      const version = await waitFor(wait, () => readVersion(client), signal);
      return { port, kubeconfig, version, stop: () => server.stop() };
    } finally {
      await client.close();
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
}
