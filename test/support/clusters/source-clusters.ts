import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { readClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { planSourcePermissions } from "../../../core/pipeline/rights/cluster-rights.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAccess, type Identity } from "../../../sandbox/access/install-access.ts";
import { toAwsEnvironment } from "../../../sandbox/queues/queue-process.ts";
import type { SandboxQueues } from "../../../sandbox/queues/queues.ts";
import { startApiServer, type ApiServerVersion } from "../kubernetes/api-server.ts";
import { createRelayProcess, type RelayUnderTest } from "../relay/relay-process.ts";

/** A cluster that has a relay: an API server without controllers, and what the relay's chart installs. */
export type SourceCluster = AsyncDisposable & {
  readonly name: string;
  readonly uid: string;
  readonly client: KubernetesClient;
  /**
   * Installs definitions and policies, with the rights that the pipeline needs here, and no more; or those that it needs in another cluster.
   * Returns the kubeconfigs.
   */
  readonly install: (
    pipeline: Pipeline,
    as?: string,
  ) => Promise<Readonly<Record<Identity, string>>>;
  /** Starts the relay with this file. */
  readonly relay: (file: string, kubeconfig: string, queues: SandboxQueues) => RelayUnderTest;
};

export async function startSourceCluster(
  name: string,
  version: ApiServerVersion,
  folder: string,
): Promise<SourceCluster> {
  await using stack = new AsyncDisposableStack();
  const controlPlane = await startApiServer(version, join(folder, name));
  stack.defer(() => controlPlane.stop());
  const client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  stack.defer(() => client.close());
  const uid = await readClusterUid(client);
  const parts = stack.move();
  return {
    name,
    uid,
    client,
    install: (pipeline, as = name) =>
      installAccess({
        client,
        caFile: controlPlane.caFile,
        dir: join(folder, `${name}-access`),
        permissions: planSourcePermissions(pipeline, as, builtinCatalog()),
        crds: listInfraFiles("crds"),
        admission: listInfraFiles("admission"),
      }),
    relay: (config, kubeconfig, queues) =>
      createRelayProcess({
        config,
        stateDir: join(folder, `${name}-state`),
        environment: {
          ...toAwsEnvironment(queues),
          KUBECONFIG: kubeconfig,
          KUBEMEND_CHANGES_QUEUE_URL: queues.queues["changes"],
        },
      }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Writes a pipeline as a file in which each cluster is reached by this kubeconfig; returns its path. */
export function writePipeline(path: string, document: object): string {
  writeFileSync(path, JSON.stringify(document));
  return path;
}
