import { join } from "node:path";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { isObject, readField, readList } from "../../core/json/read-json.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { planTargetPermissions } from "../../core/pipeline/rights/mirror-rights.ts";
import { planOtherPermissions } from "../../core/pipeline/rights/permissions.ts";
import { builtinCatalog } from "../../core/references/builtin.ts";
import { installAccess, type Identity } from "../access/install-access.ts";
import { findOlderApiServer, type Binaries } from "../build/binaries.ts";
import { startControlPlane, type ControlPlane } from "../control-plane/control-plane.ts";

/** The name by which a pipeline file reaches the second cluster of the sandbox. */
const BACKUP_CLUSTER = "backup";

/** The second cluster: an API server without controllers, in which no part of Kubemend is installed. */
export type BackupCluster = {
  readonly controlPlane: ControlPlane;
  /** The administrator's. */
  readonly client: KubernetesClient;
  readonly folder: string;
  /** Kills its API server with SIGKILL; what is stored stays. */
  readonly kill: () => Promise<void>;
  /** Starts the API server again, at the same address; resolves when it is ready. */
  readonly start: () => Promise<void>;
};

export type StartedBackup = BackupCluster & { readonly stop: () => Promise<void> };

/** Starts it, with the older API server if that was built before: the two clusters need not have the same version. */
export async function startBackupCluster(
  options: {
    readonly folder: string;
    readonly binaries: Binaries;
    readonly namespace: string;
    readonly onExit: (name: string, lines: readonly string[]) => void;
  },
  signal: AbortSignal,
): Promise<StartedBackup> {
  const { folder, binaries, namespace, onExit } = options;
  await using stack = new AsyncDisposableStack();
  const older = findOlderApiServer("1.33");
  const controlPlane = await startControlPlane(
    {
      dataDir: join(folder, "control-plane"),
      binaries: older === undefined ? binaries : { ...binaries, "kube-apiserver": older },
      apiOnly: true,
      onExit: ({ name, lastLines }) => onExit(`${name} of the second cluster`, lastLines),
    },
    signal,
  );
  stack.defer(() => controlPlane.stop());
  const client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  stack.defer(() => client.close());
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await client.request({ method: "POST", path: "/api/v1/namespaces", body, signal });
  const parts = stack.move();
  return {
    controlPlane,
    client,
    folder,
    kill: () => controlPlane.stopProcess("kube-apiserver", 0),
    start: () => controlPlane.startProcess("kube-apiserver"),
    stop: () => parts.disposeAsync(),
  };
}

/** The functions that connect to the second cluster. */
export type IdentityInBackup = Extract<Identity, "remediate" | "transfer">;

/** The path of the kubeconfig of one of them. */
export function toBackupKubeconfig(
  { folder }: Pick<BackupCluster, "folder">,
  identity: IdentityInBackup,
): string {
  return join(folder, "access", `${identity}.kubeconfig`);
}

function isBackup({ cluster }: { readonly cluster: string }): boolean {
  return cluster === BACKUP_CLUSTER;
}

/** Gives remediate and transfer the rights there that the pipeline needs, with the namespaces of the copies, and writes their kubeconfigs. */
export async function grantInBackup(
  { client, controlPlane, folder }: BackupCluster,
  pipeline: Pipeline,
  signal: AbortSignal,
): Promise<void> {
  const catalog = builtinCatalog();
  const remediate = planOtherPermissions(pipeline, catalog).find(isBackup)?.remediate ?? [];
  const transfer = planTargetPermissions(pipeline, catalog).find(isBackup)?.transfer ?? [];
  await installAccess(
    {
      client,
      caFile: controlPlane.caFile,
      dir: join(folder, "access"),
      permissions: { remediate, transfer },
      crds: [],
    },
    signal,
  );
}

/** The document of a pipeline file in which the cluster `backup` is the second one of the sandbox, whatever access the file states. */
export function withBackupAccess(document: unknown, kubeconfig: string): unknown {
  if (!isObject(document) || document["clusters"] === undefined) return document;
  const clusters = readList(document["clusters"]).map((cluster) =>
    isObject(cluster) && readField(cluster, "name") === BACKUP_CLUSTER
      ? { name: BACKUP_CLUSTER, access: { kubeconfig } }
      : cluster,
  );
  return { ...document, clusters };
}
