/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AlertMessage } from "../../../events/alert.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { createRecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import { emitOutcome } from "../../../adapters/kubernetes/remediation/emit-outcome.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { createLazyCount } from "../../../functions/remediate/guards/selected.ts";
import { createReadNamespace } from "../../../adapters/kubernetes/api/namespaces.ts";
import { createGuardDesk } from "../../../functions/remediate/guards/desk.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAccess, type Identity } from "../../../sandbox/access/install-access.ts";
import { ensureBinaries } from "../../../sandbox/build/binaries.ts";
import { startControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { writeKubeconfig } from "../../../sandbox/control-plane/kubeconfig.ts";

const FAILED = 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")';
export const JOBS = "/apis/batch/v1/namespaces/default/jobs";
export const CRON_JOBS = "/apis/batch/v1/namespaces/default/cronjobs";
export const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";

export type Json = { readonly [field: string]: unknown };
export type JobObject = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Json;
    readonly annotations?: Json;
    readonly ownerReferences?: readonly Json[];
  };
  readonly spec: Json;
};

/** A pipeline with one rule that runs a failed Job's CronJob again and sends an alert. */
export const RERUN_PIPELINE: Json & { readonly rules: readonly Json[] } = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "test" },
  rules: [
    {
      id: "rerun",
      on: { resource: "jobs.batch" },
      where: FAILED,
      then: [
        { createJobFromCronJob: {} },
        { alert: { to: "team", summary: "'failed: ' + object.metadata.name" } },
      ],
    },
  ],
};

/** The same pipeline, with some fields of its rule replaced. */
export function toPipeline(rule: Json = {}): Pipeline {
  const parsed = parsePipeline({
    ...RERUN_PIPELINE,
    rules: [{ ...RERUN_PIPELINE.rules[0], ...rule }],
  });
  if (parsed.ok) return parsed.value;
  throw new Error(JSON.stringify(parsed.error));
}

/** A real API server without controllers: everything that happens in it is done by Kubemend or the test. */
export async function startRemediationWorld(
  options: {
    readonly admission?: boolean;
    readonly apiServerFlags?: readonly string[];
  } = {},
): Promise<RemediationWorld> {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-remediate-"));
  const binaries = await ensureBinaries({});
  const controlPlane = await startControlPlane({
    dataDir: join(folder, "control-plane"),
    binaries,
    apiOnly: true,
    extraFlags: { "kube-apiserver": options.apiServerFlags ?? [] },
  });
  const admin = await connectLean({ kubeconfig: controlPlane.kubeconfig });
  const { relay, normalize, remediate, sweep } = planPermissions(toPipeline(), builtinCatalog());
  const kubeconfigs = await installAccess({
    client: admin,
    caFile: controlPlane.caFile,
    dir: join(folder, "access"),
    // notify stands for remediate without permission to create Jobs.
    permissions: {
      relay,
      normalize,
      remediate,
      sweep,
      notify: remediate.map(({ namespace, rules }) => ({
        namespace,
        rules: rules.map((rule) =>
          rule.resources.includes("jobs") ? { ...rule, verbs: ["get", "list"] } : rule,
        ),
      })),
    },
    crds: listInfraFiles("crds"),
    admission: options.admission ? listInfraFiles("admission") : [],
  });
  const client = await connectLean({ kubeconfig: kubeconfigs.remediate });
  const users: KubernetesClient[] = [];
  const toUserFile = (name: string): string => join(folder, `${name}.kubeconfig`);
  const poor = await connectLean({ kubeconfig: kubeconfigs.notify });
  const sweeper = await connectLean({ kubeconfig: kubeconfigs.sweep });
  const clusterUid = (
    await admin.request<{ metadata: { uid: string } }>({
      method: "GET",
      path: "/api/v1/namespaces/kube-system",
    })
  ).metadata.uid;
  return {
    admin,
    client,
    poor,
    sweeper,
    kubeconfig: controlPlane.kubeconfig,
    kubeconfigs,
    caFile: controlPlane.caFile,
    clusterUid,
    toUserFile,
    async createUser(name, namespace = "default") {
      const kubeconfig = toUserFile(name);
      const token = await createAccount(admin, name, namespace);
      const ca = readFileSync(controlPlane.caFile, "utf8");
      const { server } = controlPlane;
      writeKubeconfig(kubeconfig, { server, ca, token, user: name, namespace: "default" });
      const user = await connectLean({ kubeconfig });
      users.push(user);
      return user;
    },
    async stop() {
      await Promise.all(users.map((user) => user.close()));
      await Promise.all([admin.close(), client.close(), poor.close(), sweeper.close()]);
      await controlPlane.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type RemediationWorld = {
  readonly admin: KubernetesClient;
  /** Client with the remediate function's identity. */
  readonly client: KubernetesClient;
  /** The same, without permission to create Jobs. */
  readonly poor: KubernetesClient;
  /** Client with the sweep function's identity. */
  readonly sweeper: KubernetesClient;
  /** The admin's kubeconfig file. */
  readonly kubeconfig: string;
  /** Kubeconfig files of Kubemend's own identities. */
  readonly kubeconfigs: Readonly<Record<Identity, string>>;
  readonly caFile: string;
  readonly clusterUid: string;
  /** Creates a ServiceAccount that RBAC allows to do anything with records. */
  readonly createUser: (name: string, namespace?: string) => Promise<KubernetesClient>;
  /** Path of such a user's kubeconfig. */
  readonly toUserFile: (name: string) => string;
  readonly stop: () => Promise<void>;
};

async function createAccount(
  admin: KubernetesClient,
  name: string,
  namespace: string,
): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const metadata = { name };
  await admin.request({ method: "POST", path: accounts, body: { metadata } });
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  const rules = [
    {
      apiGroups: ["kubemend.dev"],
      resources: ["remediations", "remediations/status", "ruleguards", "ruleguards/status"],
      verbs: ["*"],
    },
  ];
  await admin.request({ method: "POST", path: `${rbac}/clusterroles`, body: { metadata, rules } });
  await admin.request({
    method: "POST",
    path: `${rbac}/clusterrolebindings`,
    body: {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", namespace, name }],
    },
  });
  const answer = await admin.request<{ status: { token: string } }>({
    method: "POST",
    path: `${accounts}/${name}/token`,
    body: { spec: {} },
  });
  return answer.status.token;
}

/** The function's dependencies, over a given client. */
export function toDeps(
  world: RemediationWorld,
  options: {
    readonly client?: KubernetesClient;
    readonly pipeline?: Pipeline;
    readonly alerts?: AlertMessage[];
    readonly wakeups?: WakeupMessage[];
    readonly now?: () => number;
    /** With the guards of the rules, as a process has them. */
    readonly guarded?: boolean;
  } = {},
): ProcessDeps & { readonly ended: RemediationRecord[] } {
  const { client = world.client, pipeline = toPipeline(), now = Date.now } = options;
  const { alerts = [], wakeups = [] } = options;
  const ended: RemediationRecord[] = [];
  const records = createRecordStore({ client, namespace: "kubemend" });
  const sendWakeup = async (message: WakeupMessage) => void wakeups.push(message);
  const clock = (): number => performance.now();
  const discovery = createDiscovery({ client, now: clock });
  const countSelected = createLazyCount({ client, discovery, now: clock });
  const desk = { client, records, namespace: "kubemend", sendWakeup, countSelected, now };
  return {
    client,
    pipeline,
    records,
    ...(options.guarded === true
      ? {
          guards: createGuardDesk(desk),
          readNamespace: createReadNamespace({ client, now: clock }),
        }
      : {}),
    discovery,
    clusterUid: async () => world.clusterUid,
    sendAlert: async (message) => void alerts.push(message),
    sendWakeup,
    now,
    onEnded: (record) => void ended.push(record),
    emitOutcome: (record, signal) => emitOutcome(client, record, signal),
    ended,
  };
}

/** The Jobs that were created for a record. */
export async function findJobsOf(
  world: RemediationWorld,
  record: string,
): Promise<readonly JobObject[]> {
  const { items } = await world.admin.request<{ items: readonly JobObject[] }>({
    method: "GET",
    path: JOBS,
  });
  return items.filter(({ metadata }) => metadata.annotations?.["kubemend.dev/cause"] === record);
}

/** The Events about an object, oldest first. */
export async function findEventsOn(
  world: RemediationWorld,
  { metadata }: JobObject,
): Promise<readonly (Json & { readonly reason: string })[]> {
  const { items } = await world.admin.request<{ items: readonly (Json & { reason: string })[] }>({
    method: "GET",
    path: "/api/v1/namespaces/default/events",
    query: { fieldSelector: `involvedObject.uid=${metadata.uid}` },
  });
  return items;
}

/** Undefined if there is none. */
export async function getRecord(
  world: RemediationWorld,
  name: string,
): Promise<RemediationRecord | undefined> {
  try {
    return await world.admin.request({ method: "GET", path: `${RECORDS}/${name}` });
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return undefined;
    throw error;
  }
}
