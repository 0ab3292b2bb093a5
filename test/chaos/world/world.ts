import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { installCrd } from "../../../sandbox/access/install-crd.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../sandbox/control-plane/control-plane.ts";
import { writeKubeconfig } from "../../../sandbox/control-plane/kubeconfig.ts";
import { startFaultProxy, type FaultProxy } from "../../support/network/fault-proxy.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";
import { startTarget, type Target } from "../mirroring/target.ts";
import { createScratchFolder } from "./scratch-folder.ts";
import { startQueueService, type QueueService } from "./queue-service.ts";

/** The environment of all rounds: a real API server, a real queue server, and proxies between the relay and both. */
export type World = AsyncDisposable & {
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  /** etcd's data folder; may be copied while etcd is stopped. */
  readonly etcdFolder: string;
  readonly clusterUid: string;
  /** Connects directly to the API server. */
  readonly client: KubernetesClient;
  /** Connects through the proxy. */
  readonly relayKubeconfig: string;
  readonly apiProxy: FaultProxy;
  readonly queues: QueueService;
  readonly queueProxy: FaultProxy;
  /** The cluster into which rounds mirror; it is started with the first of them. */
  readonly openTarget: () => Promise<Target>;
  /** Connects directly to the queue server. */
  readonly queueClient: SQSClient;
};

/** The resource of the poisoned custom resources: its schema lets everything pass. */
async function installThings(client: KubernetesClient, folder: string): Promise<void> {
  const group = "chaos.kubemend.dev";
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: open } } };
  const version = { name: "v1", served: true, storage: true, schema };
  const names = { plural: "things", singular: "thing", kind: "Thing" };
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${group}` },
    spec: { group, names, scope: "Namespaced", versions: [version] },
  };
  const file = join(folder, "things.yaml");
  writeFileSync(file, JSON.stringify(crd));
  await installCrd(client, file);
}

/** Starts it in a new temporary folder; nothing is left after it is disposed of. */
export async function startWorld(options: {
  readonly script: string;
  readonly report: (text: string) => void;
}): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(createScratchFolder("kubemend-chaos-"));
  const binaries = await ensureBinaries({ progress: ({ message }) => options.report(message) });
  const dataDir = join(folder, "control-plane");
  const controlPlane = await startControlPlane({ dataDir, binaries, apiOnly: true });
  stack.defer(() => controlPlane.stop());
  const client = await connectLean({ kubeconfig: controlPlane.kubeconfig });
  stack.defer(() => client.close());
  await installThings(client, folder);
  const queues = await startQueueService({
    script: options.script,
    dataDir: join(folder, "queues"),
  });
  stack.use(queues);
  const queueClient = createTestQueueClient(queues.endpoint);
  stack.defer(() => queueClient.destroy());
  const apiProxy = stack.use(await startFaultProxy(Number(new URL(controlPlane.server).port)));
  const queueProxy = stack.use(await startFaultProxy(queues.port));
  const relayKubeconfig = join(folder, "relay.kubeconfig");
  writeKubeconfig(relayKubeconfig, {
    server: `https://127.0.0.1:${apiProxy.port}`,
    ca: readFileSync(controlPlane.caFile, "utf8"),
    token: controlPlane.adminToken,
    user: "relay",
  });
  const clusterUid = await readClusterUid(client);
  const owned = stack.move();
  let target: Promise<Target> | undefined;
  owned.defer(async () => (await target)?.[Symbol.asyncDispose]());
  return {
    folder,
    controlPlane,
    etcdFolder: join(dataDir, "etcd"),
    clusterUid,
    client,
    relayKubeconfig,
    apiProxy,
    queues,
    queueProxy,
    queueClient,
    openTarget: () => (target ??= startTarget(folder)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
