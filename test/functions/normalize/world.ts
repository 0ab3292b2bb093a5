/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import type { ChangeData, ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import { parseAlertMessage, type AlertMessage } from "../../../events/alert.ts";
import { toChangeId } from "../../../events/ids.ts";
import { parseRemediationRequest, type RemediationRequest } from "../../../events/request.ts";
import { parseWakeupMessage, type WakeupMessage } from "../../../events/wakeup.ts";
import { KubemendError } from "../../../core/errors.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import type { SigningKeys } from "../../../adapters/signing/signing-keys.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import type { FunctionLogger } from "../../../adapters/lambda/telemetry.ts";
import { createClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { createNormalize } from "../../../functions/normalize/normalize.ts";
import {
  createFakeQueues,
  toQueueUrl,
  toRecord,
  type FakeQueues,
} from "../../adapters/lambda/invocation.ts";

export const CLUSTER = { name: "prod", uid: "cluster-uid" } as const;
export const NOW = "2026-01-01T00:00:05.000Z";
const LIVE = createCatalog(builtinCatalog().entries, "discovery");
const KUBE_SYSTEM = "/api/v1/namespaces/kube-system";

/** What the API server answers by path: an object, or a failure. */
export type Answers = Readonly<Record<string, unknown>>;

export type World = {
  readonly normalize: (body: string) => Promise<MessageVerdict>;
  readonly normalizeBatch: (records: readonly SqsRecord[]) => Promise<readonly MessageVerdict[]>;
  readonly requests: () => readonly {
    readonly entry: SendMessageBatchRequestEntry;
    readonly request: RemediationRequest;
  }[];
  readonly alerts: () => readonly AlertMessage[];
  readonly wakeups: () => readonly WakeupMessage[];
  readonly queues: FakeQueues;
  readonly counts: ReadonlyMap<string, number>;
  readonly logged: readonly { readonly message: string; readonly fields: unknown }[];
  readonly asked: readonly string[];
};

export function toPipeline(...rules: readonly object[]): Pipeline {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "prod" } };
  const parsed = parsePipeline({ ...head, rules });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

/** A world around normalize: queues in memory, a cluster that answers by path, discovery from a catalog. */
export function createWorld(options: {
  readonly pipeline: Pipeline;
  readonly answers?: Answers;
  /** The first catalog, then the one after a refresh. */
  readonly catalogs?: readonly (Catalog | Error)[];
  readonly queues?: FakeQueues;
  /** Default: nothing is signed. */
  readonly signingKeys?: SigningKeys;
  /** How the API server's answer to a request is awaited; default: at once. */
  readonly wait?: (path: string, signal: AbortSignal | undefined) => Promise<void>;
  /** Time until the batch has to be done, in ms; default a minute. */
  readonly leftMs?: number;
}): World {
  const { pipeline, queues = createFakeQueues(), catalogs = [LIVE], leftMs = 60_000 } = options;
  const answers: Answers = {
    [KUBE_SYSTEM]: { metadata: { name: "kube-system", uid: CLUSTER.uid } },
    ...options.answers,
  };
  const asked: string[] = [];
  const counts = new Map<string, number>();
  const logged: { message: string; fields: unknown }[] = [];
  const log: FunctionLogger["info"] = (message, ...fields) => {
    logged.push({ message: typeof message === "string" ? message : "", fields: fields[0] });
  };
  const logger = { debug: log, info: log, warn: log, error: log };
  const client: KubernetesClient = {
    server: "https://cluster",
    async request<T>({ path, signal }: KubernetesRequest): Promise<T> {
      asked.push(path);
      await options.wait?.(path, signal);
      const answer = answers[path];
      if (answer instanceof Error) throw answer;
      if (answer === undefined) throw new KubemendError("NotFound", path, { retryable: false });
      return answer as T;
    },
    stream: () => Promise.reject(new Error("not used")),
    close: async () => {},
  };
  const readCatalog = async (index: number): Promise<Catalog> => {
    const catalog = catalogs[Math.min(index, catalogs.length - 1)] ?? LIVE;
    if (catalog instanceof Error) throw catalog;
    return catalog;
  };
  const normalize = createNormalize({
    pipeline,
    client,
    discovery: { catalog: () => readCatalog(0), refresh: () => readCatalog(1) },
    clusterUid: createClusterUid(client),
    queues: queues.client,
    signingKeys: options.signingKeys,
    remediationsQueueUrl: toQueueUrl("remediations.fifo"),
    transfersQueueUrl: toQueueUrl("transfers.fifo"),
    alertsQueueUrl: toQueueUrl("alerts"),
    wakeupsQueueUrl: toQueueUrl("wakeups"),
    now: () => NOW,
  });
  const count = (metric: string, value = 1): void => {
    counts.set(metric, (counts.get(metric) ?? 0) + value);
  };
  const context = {
    signal: new AbortController().signal,
    deadlineMs: Date.now() + leftMs,
    telemetry: { logger, count },
  };
  return {
    normalize: async (body) => {
      const [verdict] = await normalize([toRecord("m1", body, { group: "g" })], context);
      if (verdict === undefined) throw new Error("no verdict");
      return verdict;
    },
    normalizeBatch: (records) => normalize(records, context),
    requests: () =>
      queues.sentTo("remediations.fifo").map((entry) => {
        const request = parseRemediationRequest(entry.MessageBody ?? "");
        if (request.outcome === "refused") throw new Error(request.reason);
        return { entry, request: request.value };
      }),
    alerts: () =>
      queues.sentTo("alerts").map((entry) => {
        const alert = parseAlertMessage(entry.MessageBody ?? "");
        if (alert.outcome === "refused") throw new Error(alert.reason);
        return alert.value;
      }),
    wakeups: () =>
      queues.sentTo("wakeups").map((entry) => {
        const wakeup = parseWakeupMessage(entry.MessageBody ?? "");
        if (wakeup.outcome === "refused") throw new Error(wakeup.reason);
        return wakeup.value;
      }),
    queues,
    counts,
    logged,
    asked,
  };
}

/** A change of an object, of the watch of the pipeline's first rule. */
export function toMessage(
  pipeline: Pipeline,
  object: KubernetesObject,
  data: Partial<ChangeData> = {},
): ChangeMessage {
  const change = data.change ?? "modified";
  const [watch] = planWatches(pipeline);
  const identity = {
    clusterUid: CLUSTER.uid,
    objectUid: object.metadata.uid,
    resourceVersion: "7",
  };
  const [group = "", version = ""] = object.apiVersion.includes("/")
    ? object.apiVersion.split("/")
    : ["", object.apiVersion];
  const resource = `${object.kind.toLowerCase()}s`;
  const namespaced = object.metadata.namespace !== undefined;
  return {
    specversion: "1.0",
    id: toChangeId({ ...identity, change }),
    source: `/clusters/${CLUSTER.uid}/watches/${watch?.key}`,
    type: `dev.kubemend.object.${change}`,
    subject: `/api/${object.kind}/${object.metadata.name}`,
    time: "2026-01-01T00:00:00.000Z",
    dataschema: "urn:kubemend:change:1",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    data: {
      cluster: CLUSTER,
      watch: watch?.key ?? "",
      pipeline: pipeline.digest,
      rules: Object.fromEntries(watch?.rules.map(({ id, digest }) => [id, digest]) ?? []),
      resource: { group, version, resource, kind: object.kind, namespaced },
      change,
      resourceVersion: "7",
      epoch: 1,
      object,
      ...data,
    },
  };
}

export const FAILED_JOB: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name: "backup-1",
    namespace: "data",
    uid: "job-uid",
    ownerReferences: [{ kind: "CronJob", name: "backup", uid: "cron-uid", controller: true }],
  },
  status: {
    conditions: [{ type: "Failed", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }],
  },
};

export const RERUN = {
  id: "rerun",
  on: { resource: "jobs.batch" },
  where: 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
  then: [
    { createJobFromCronJob: { cronJob: "owner" } },
    { alert: { to: "oncall", summary: "'failed: ' + object.metadata.name" } },
  ],
} as const;
