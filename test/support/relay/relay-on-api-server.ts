import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { startApiServer, type ApiServerVersion } from "../kubernetes/api-server.ts";
import { startQueueServer, type QueueServer } from "../queues/queue-server.ts";
import { createRelayProcess, type RelayUnderTest } from "./relay-process.ts";
import { temporaryFolder } from "../host/temporary-folder.ts";

export type RelayOnApiServer = AsyncDisposable & {
  readonly controlPlane: ControlPlane;
  readonly client: KubernetesClient;
  readonly queues: QueueServer;
  /** Not started yet. */
  readonly relay: RelayUnderTest;
};

/** An API server of this version, a queue, and a relay that watches these resources (entries of `watch:` in YAML's flow style). */
export async function prepareRelay(
  version: ApiServerVersion,
  ...watch: readonly string[]
): Promise<RelayOnApiServer> {
  await using setUp = new AsyncDisposableStack();
  const folder = setUp.use(temporaryFolder());
  const controlPlane = await startApiServer(version, join(folder.path, "control-plane"));
  setUp.defer(() => controlPlane.stop());
  const queues = setUp.use(await startQueueServer());
  const client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  setUp.defer(() => client.close());
  const config = join(folder.path, "pipeline.yaml");
  const head = "apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: test }\n";
  writeFileSync(config, `${head}watch: [${watch.join(", ")}]\n`);
  const relay = setUp.use(
    createRelayProcess({
      config,
      stateDir: join(folder.path, "state"),
      environment: {
        KUBECONFIG: controlPlane.kubeconfig,
        KUBEMEND_CHANGES_QUEUE_URL: queues.fifoUrl,
        KUBEMEND_BACKOFF_MAX_MS: "1500",
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
    }),
  );
  const stack = setUp.move();
  return {
    controlPlane,
    client,
    queues,
    relay,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
