import { join } from "node:path";
import type { OpenCluster } from "../../../adapters/clusters/open-clusters.ts";
import { createClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { MoveSides } from "../../../functions/transfer/move/run/move-sides.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installCrd } from "../../../sandbox/access/install-crd.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { temporaryFolder } from "../host/temporary-folder.ts";
import { startApiServer } from "../kubernetes/api-server.ts";
import { installClusterApi } from "./cluster-api.ts";

/** Two real API servers of two minor versions, without controllers, with the kinds of the hierarchy; the source keeps the Moves. */
export type MoveWorld = AsyncDisposable & {
  readonly source: KubernetesClient;
  readonly target: KubernetesClient;
  readonly sides: MoveSides;
  /** The same clusters over other clients: with faults, or that record what is sent. */
  readonly toSides: (clients: Partial<Record<"source" | "target", KubernetesClient>>) => MoveSides;
  readonly controlPlanes: { readonly source: ControlPlane; readonly target: ControlPlane };
  readonly folder: string;
};

/** The namespace of the Moves. */
export const MOVE_NAMESPACE = "kubemend";

export async function startMoveWorld(): Promise<MoveWorld> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(temporaryFolder());
  const start = async (version: "1.36.3" | "1.33.13", name: string) => {
    const controlPlane = await startApiServer(version, join(folder, name));
    stack.defer(() => controlPlane.stop());
    const client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
    stack.defer(() => client.close());
    await installClusterApi(client);
    return {
      controlPlane,
      client,
      uid: await createClusterUid(client)(AbortSignal.timeout(9_000)),
    };
  };
  const own = await start("1.36.3", "source");
  const other = await start("1.33.13", "target");
  for (const file of listInfraFiles("crds")) await installCrd(own.client, file);
  await createNamespace(own.client, MOVE_NAMESPACE);
  const toSide = (name: string, uid: string, client: KubernetesClient): OpenCluster => ({
    name,
    uid,
    client,
    discovery: createDiscovery({ client, now: () => performance.now(), refreshIntervalMs: 0 }),
  });
  const toSides: MoveWorld["toSides"] = ({ source = own.client, target = other.client }) => ({
    source: toSide("source", own.uid, source),
    target: toSide("target", other.uid, target),
  });
  const parts = stack.move();
  return {
    source: own.client,
    target: other.client,
    sides: toSides({}),
    toSides,
    controlPlanes: { source: own.controlPlane, target: other.controlPlane },
    folder,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

export async function createNamespace(client: KubernetesClient, name: string): Promise<void> {
  const body = { metadata: { name } };
  await client.request({ method: "POST", path: "/api/v1/namespaces", body });
}
