import { join } from "node:path";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { isObject, readField, readList } from "../../core/json/read-json.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { planOtherPermissions } from "../../core/pipeline/rights/permissions.ts";
import { builtinCatalog } from "../../core/references/builtin.ts";
import { installAccess } from "../access/install-access.ts";
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
  return { controlPlane, client, folder, stop: () => parts.disposeAsync() };
}

/** The path of remediate's kubeconfig. */
export function toBackupKubeconfig({ folder }: Pick<BackupCluster, "folder">): string {
  return join(folder, "access", "remediate.kubeconfig");
}

/** Gives remediate the rights there that the pipeline needs, and writes its kubeconfig. */
export async function grantInBackup(
  { client, controlPlane, folder }: BackupCluster,
  pipeline: Pipeline,
  signal: AbortSignal,
): Promise<void> {
  const planned = planOtherPermissions(pipeline, builtinCatalog()).find(
    ({ cluster }) => cluster === BACKUP_CLUSTER,
  );
  await installAccess(
    {
      client,
      caFile: controlPlane.caFile,
      dir: join(folder, "access"),
      permissions: { remediate: planned?.remediate ?? [] },
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
