import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { writeKubeconfig } from "../../../sandbox/control-plane/kubeconfig.ts";
import type { GrantingWorld } from "../functions/granted-client.ts";
import { temporaryFolder } from "../host/temporary-folder.ts";
import { startApiServer, type ApiServerVersion } from "../kubernetes/api-server.ts";
import { startAddressSwitch } from "../network/address-switch.ts";

/** Another cluster, in which Kubemend is not installed: an API server without controllers. */
export type TargetCluster = AsyncDisposable &
  GrantingWorld & {
    readonly controlPlane: ControlPlane;
    /** A copy of a kubeconfig that reaches the cluster by an address that can be cut off. */
    readonly throughSwitch: (name: string) => string;
    /** Whether anything answers at that address; what is connected is cut. */
    readonly setReachable: (isReachable: boolean) => void;
  };

/** Nothing listens there: https://www.iana.org/assignments/service-names-port-numbers lists it as tcpmux. */
const CLOSED_PORT = 1;

export async function startTargetCluster(version: ApiServerVersion): Promise<TargetCluster> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(temporaryFolder());
  const controlPlane = await startApiServer(version, join(folder, "control-plane"));
  stack.defer(() => controlPlane.stop());
  const admin = await connectLean({ kubeconfig: controlPlane.kubeconfig });
  stack.defer(() => admin.close());
  const port = Number(new URL(controlPlane.server).port);
  const address = stack.use(await startAddressSwitch([port]));
  await createDefaults(admin);
  const toUserFile = (name: string): string => join(folder, `${name}.kubeconfig`);
  const parts = stack.move();
  return {
    admin,
    caFile: controlPlane.caFile,
    toUserFile,
    controlPlane,
    throughSwitch(name) {
      const path = toUserFile(`${name}-switched`);
      const server = `https://127.0.0.1:${address.port}`;
      const ca = readFileSync(controlPlane.caFile, "utf8");
      writeKubeconfig(path, { server, ca, token: controlPlane.adminToken, user: name });
      return path;
    },
    setReachable(isReachable) {
      address.leadTo([isReachable ? port : CLOSED_PORT]);
      address.cut();
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Without controllers nobody else creates the account that Pods need. */
async function createDefaults(admin: KubernetesClient): Promise<void> {
  const create = (path: string, name: string): Promise<unknown> =>
    admin.request({ method: "POST", path, body: { metadata: { name } } });
  await create("/api/v1/namespaces", "kubemend");
  await create("/api/v1/namespaces/default/serviceaccounts", "default");
}
