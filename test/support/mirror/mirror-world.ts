/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { join } from "node:path";
import type { AlertMessage } from "../../../events/alert.ts";
import type { TransferMessage } from "../../../events/transfer.ts";
import { openClusters } from "../../../adapters/clusters/open-clusters.ts";
import { createClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { createGuardStore } from "../../../adapters/kubernetes/guards/guards.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createMirrorStore } from "../../../adapters/kubernetes/mirror/mirror-store.ts";
import { readRecordPages } from "../../../adapters/kubernetes/remediation/record-pages.ts";
import { createRecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import { createRedact } from "../../../core/redaction/redactor.ts";
import { alertProblem } from "../../../functions/transfer/alert-problem.ts";
import { createMirrorStates } from "../../../functions/transfer/mirror-states.ts";
import { createProblems } from "../../../functions/transfer/problems.ts";
import type { TransferDeps } from "../../../functions/transfer/transfer.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installCrd } from "../../../sandbox/access/install-crd.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { startApiServer, type ApiServerVersion } from "../kubernetes/api-server.ts";
import { temporaryFolder } from "../host/temporary-folder.ts";

export type Json = { readonly [field: string]: unknown };

/** The name of the target in the pipelines of these tests. */
export const TARGET = "backup-eu";

/** Two real API servers of different versions: the cluster of the sources, without controllers, and a target. */
export type MirrorWorld = AsyncDisposable & {
  readonly source: KubernetesClient;
  readonly target: KubernetesClient;
  /** Of the source. */
  readonly clusterUid: string;
  readonly controlPlanes: { readonly source: ControlPlane; readonly target: ControlPlane };
  /** A temporary folder, for other files too. */
  readonly folder: string;
};

export async function startMirrorWorld(
  versions: { readonly source: ApiServerVersion; readonly target: ApiServerVersion } = {
    source: "1.36.3",
    target: "1.33.13",
  },
  /** Whether controllers run in the target, the garbage collector among them. */
  { hasControllers = false }: { readonly hasControllers?: boolean } = {},
): Promise<MirrorWorld> {
  await using stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(temporaryFolder());
  const start = async (version: ApiServerVersion, name: string, apiOnly: boolean) => {
    const controlPlane = await startApiServer(version, join(folder, name), { apiOnly });
    stack.defer(() => controlPlane.stop());
    const client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
    stack.defer(() => client.close());
    return { controlPlane, client };
  };
  const own = await start(versions.source, "source", true);
  const other = await start(versions.target, "target", !hasControllers);
  for (const file of listInfraFiles("crds")) await installCrd(own.client, file);
  await createNamespace(own.client, "kubemend");
  const clusterUid = await createClusterUid(own.client)(new AbortController().signal);
  const parts = stack.move();
  return {
    source: own.client,
    target: other.client,
    clusterUid,
    controlPlanes: { source: own.controlPlane, target: other.controlPlane },
    folder,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

export async function createNamespace(client: KubernetesClient, name: string): Promise<void> {
  const body = { metadata: { name } };
  await client.request({ method: "POST", path: "/api/v1/namespaces", body });
}

/** A rule that mirrors, with the defaults of a pipeline file. */
export function toMirrorRule(
  id: string,
  {
    on,
    mirror = {},
    alert,
    ...rest
  }: { readonly on: Json; readonly mirror?: Json; readonly alert?: Json } & Json,
): Rule {
  const alerts = alert === undefined ? [] : [{ alert }];
  const then = [{ mirror: { to: [TARGET], ...mirror } }, ...alerts];
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [{ name: TARGET, access: { secret: "backup" } }],
    rules: [{ id, on, then, ...rest }],
  });
  const [rule] = parsed.ok ? parsed.value.rules : [];
  if (rule === undefined) throw new Error(JSON.stringify(parsed));
  return rule;
}

export function toMirrorPipeline(world: MirrorWorld, rules: readonly Rule[]): Pipeline {
  const { kubeconfig } = world.controlPlanes.target;
  return {
    cluster: { name: "prod" },
    clusters: [{ name: TARGET, access: { type: "kubeconfig", path: kubeconfig } }],
    watch: [],
    rules,
    redact: [],
    digest: "digest-of-the-pipeline",
  };
}

/** The dependencies of transfer on these clusters. */
export function toTransferDeps(
  world: MirrorWorld,
  rules: readonly Rule[],
  options: {
    readonly now?: () => number;
    readonly source?: KubernetesClient;
    readonly target?: KubernetesClient;
    /** Receives the messages that the function sends to its own queue. */
    readonly sent?: TransferMessage[];
    /** Receives the alerts. */
    readonly alerts?: AlertMessage[];
  } = {},
): TransferDeps {
  const { now = () => Date.now(), source: client = world.source, target = world.target } = options;
  const { sent = [], alerts = [] } = options;
  const namespace = "kubemend";
  const pipeline = toMirrorPipeline(world, rules);
  const clusterUid = createClusterUid(world.source);
  const monotonic = (): number => performance.now();
  const redact = createRedact(pipeline);
  return {
    pipeline,
    client,
    discovery: createDiscovery({ client, now: monotonic, refreshIntervalMs: 0 }),
    clusterUid,
    installation: namespace,
    open: openClusters({
      clusters: pipeline.clusters,
      ownUid: clusterUid,
      now: monotonic,
      connect: async () => target,
    }),
    states: createMirrorStates({
      mirrors: createMirrorStore({ client, namespace }),
      guards: createGuardStore({ client, namespace }),
      now,
    }),
    mirrors: createMirrorStore({ client, namespace }),
    send: async (entries) => {
      sent.push(...entries.map(({ body }) => JSON.parse(body) as TransferMessage));
    },
    alert: async (rule, record, { signal }) => {
      const sendAlert = async (alert: AlertMessage): Promise<void> => void alerts.push(alert);
      await alertProblem({ client, redact, sendAlert, now }, rule, record, signal);
    },
    problems: createProblems({
      records: createRecordStore({ client, namespace }),
      pages: (selection, signal) => readRecordPages({ client, namespace }, selection, signal),
      now,
    }),
    now,
  };
}

/** An object, or undefined if there is none. */
export async function find(client: KubernetesClient, path: string): Promise<Json | undefined> {
  try {
    return await client.request<Json>({ method: "GET", path });
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return undefined;
    throw error;
  }
}
