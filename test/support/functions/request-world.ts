import type { AlertMessage } from "../../../events/alert.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RecordSpec, RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import type { RequestData } from "../../../events/request.ts";
import type { KubernetesRequest } from "../../../adapters/kubernetes/http/client.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { limitUnverifiedAlerts } from "../../../adapters/lambda/unverified-alerts.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { KubemendError } from "../../../core/errors.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import type { Selected } from "../../../core/guards/hold.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { createGuardDesk } from "../../../functions/remediate/guards/desk.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { processWakeup } from "../../../functions/remediate/message/process-wakeup.ts";
import { parseJsonText } from "../../../adapters/kubernetes/http/json-body.ts";
import { RULE_LABEL, TARGET_LABEL, toTarget } from "../../../core/records/select-records.ts";
import { toWakeup } from "../../../core/records/messages/wakeup.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { GuardServer } from "./guard-server.ts";
import { CLUSTER_UID, parseRule, toMessage, toRequestData, TRACEPARENT } from "./rule-request.ts";

type Json = Readonly<Record<string, unknown>>;

const START_MS = Date.parse("2026-03-01T10:00:00.000Z");

/** The remediate function over a fake cluster, a map of objects by API path, and a clock that the test sets. */
export type RequestWorld = {
  readonly objects: Map<string, KubernetesObject>;
  readonly records: Map<string, RemediationRecord>;
  readonly alerts: AlertMessage[];
  readonly wakeups: WakeupMessage[];
  /** Requests like `GET jobs/backup-1` and `POST jobs`, except those for records. */
  readonly requests: string[];
  /** If set, each write fails with this error. */
  failing: KubemendError | undefined;
  /** Outcomes of requests that created no record. */
  readonly unconfirmed: string[];
  /** The names of the records whose end was reported, once for each report. */
  readonly ended: string[];
  /** Called with each line of `requests` before the request is answered. */
  onRequest: ((line: string) => void) | undefined;
  readonly pass: (ms: number) => void;
  readonly now: () => string;
  readonly put: (resource: string, object: KubernetesObject) => void;
  readonly deliver: (
    data: Partial<RequestData>,
    options?: DeliverOptions,
  ) => Promise<MessageVerdict>;
  /** Delivers the last wake-up at its time, or now with `changed`. */
  readonly wake: (changed?: true) => Promise<MessageVerdict>;
  /** Delivers all wake-ups that were sent so far and are due by now; those that they send stay. */
  readonly wakeDue: () => Promise<void>;
  /** Another process takes over, which remembers nothing. */
  readonly restart: () => void;
  /** Delivers a wake-up of this content. */
  readonly wakeAs: (data: Omit<WakeupMessage["data"], "cluster">) => Promise<MessageVerdict>;
  /** Delivers a wake-up that somebody has made of the last one. */
  readonly forgeWakeup: (part: Partial<WakeupMessage["data"]>) => Promise<MessageVerdict>;
};

export type DeliverOptions = {
  readonly isSigned?: boolean;
  /** Signing keys are configured, and it is not signed with them. */
  readonly isForeign?: boolean;
  readonly isRepeated?: boolean;
  /** The name of the record, if not that of the episode. */
  readonly name?: string;
};

const GROUPS: Readonly<Record<string, string>> = { jobs: "batch", cronjobs: "batch" };

function toPath(resource: string, { namespace, name }: KubernetesObject["metadata"]): string {
  return toResourcePath({
    group: GROUPS[resource] ?? "",
    version: "v1",
    resource,
    namespace: namespace ?? null,
    name,
  });
}

export function createRequestWorld(
  rule: Json,
  trigger: KubernetesObject,
  options: {
    readonly pipeline?: Pipeline;
    /** Answers requests instead of this world; undefined for those that it does not know. */
    readonly serve?: (request: KubernetesRequest) => unknown;
    /** The number of objects that the rule selects. */
    readonly selected?: (() => Selected) | undefined;
    /** With the guards of the rule, which are in this server. */
    readonly guards?: GuardServer;
    /** Absent: no alert says that a guard holds something back. */
    readonly mayAlertHeld?: ProcessDeps["mayAlertHeld"];
  } = {},
): RequestWorld {
  const parsed = parseRule(rule);
  const pipeline = options.pipeline ?? parsed.pipeline;
  const objects = new Map<string, KubernetesObject>();
  const records = new Map<string, RemediationRecord>();
  const alerts: AlertMessage[] = [];
  const wakeups: WakeupMessage[] = [];
  const requests: string[] = [];
  const unconfirmed: string[] = [];
  const ended: string[] = [];
  let nowMs = START_MS;
  let version = 100;
  const notFound = (what: string): KubemendError =>
    new KubemendError("NotFound", `${what} does not exist`, { retryable: false });
  const put = (resource: string, object: KubernetesObject): void =>
    void objects.set(toPath(resource, object.metadata), object);
  const request = async <T>(asked: KubernetesRequest): Promise<T> => {
    const { method, path, query, body, deep } = asked;
    const served = options.serve?.(asked) ?? options.guards?.serve(asked);
    if (served !== undefined) return served as T;
    if (method === "GET" && path.endsWith("/remediations")) {
      const { labelSelector, fieldSelector } = query ?? {};
      const items = [...records.values()].filter(({ spec, status }) =>
        typeof fieldSelector === "string" && labelSelector === undefined
          ? isSelected(status, fieldSelector)
          : [`${TARGET_LABEL}=${toTarget(spec)}`, `${RULE_LABEL}=${spec.rule.id}`].includes(
              String(labelSelector),
            ),
      );
      return { items: items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)) } as T;
    }
    const parts = path.split("/");
    const line =
      method === "GET" ? `GET ${parts.slice(-2).join("/")}` : `${method} ${parts.at(-1)}`;
    requests.push(line);
    world.onRequest?.(line);
    if (method === "GET") {
      const found = objects.get(path);
      if (found === undefined) throw notFound(path);
      return parseJsonText(JSON.stringify(found), path, deep) as T;
    }
    if (world.failing !== undefined) throw world.failing;
    const created = structuredClone(body) as KubernetesObject;
    const object = { ...created, metadata: { ...created.metadata, uid: `made-${version++}` } };
    const at = `${path}/${created.metadata.name}`;
    if (objects.has(at)) {
      throw new KubemendError("AlreadyExists", `${at} already exists`, { retryable: false });
    }
    objects.set(at, object);
    return structuredClone(object) as T;
  };
  const toSaved = (record: RemediationRecord): RemediationRecord => {
    const resourceVersion = String((version += 1));
    const saved = { ...record, metadata: { ...record.metadata, resourceVersion } };
    records.set(record.metadata.name, saved);
    return saved;
  };
  const catalog = createCatalog(builtinCatalog().entries, "discovery");
  const base: ProcessDeps = {
    client: {
      server: "",
      request,
      stream: () => Promise.reject(new Error("not served")),
      close: async () => undefined,
    },
    pipeline,
    records: {
      async obtain(name: string, spec: RecordSpec) {
        const metadata = {
          name,
          namespace: "kubemend",
          uid: `uid-of-${name}`,
          resourceVersion: "",
          creationTimestamp: new Date(nowMs).toISOString(),
        };
        const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Remediation" };
        return records.get(name) ?? toSaved({ ...head, metadata, spec });
      },
      read: async (name: string) => records.get(name),
      list: async () => [...records.values()],
      remove: async ({ metadata }: RemediationRecord) => records.delete(metadata.name),
      async saveStatus(record: RemediationRecord, status: RecordStatus) {
        const { name, resourceVersion } = record.metadata;
        return records.get(name)?.metadata.resourceVersion === resourceVersion
          ? ({ outcome: "saved", record: toSaved({ ...record, status }) } as const)
          : ({ outcome: "lost", message: "conflict" } as const);
      },
    },
    discovery: { catalog: async () => catalog, refresh: async () => catalog },
    clusterUid: async () => CLUSTER_UID,
    sendAlert: async (alert) => void alerts.push(alert),
    sendWakeup: async (wakeup) => void wakeups.push(wakeup),
    mayAlertUnverified: limitUnverifiedAlerts(() => nowMs),
    ...(options.mayAlertHeld === undefined ? {} : { mayAlertHeld: options.mayAlertHeld }),
    readNamespace: async (name) => objects.get(`/api/v1/namespaces/${name}`) ?? null,
    now: () => nowMs,
    onEnded: ({ metadata }) => void ended.push(metadata.name),
    emitOutcome: async () => undefined,
    onUnconfirmed: (outcome) => void unconfirmed.push(outcome),
  };
  const { client, records: store, sendWakeup, now: clock } = base;
  const { selected } = options;
  const countSelected = selected && (async () => selected());
  const deskDeps = {
    countSelected,
    client,
    records: store,
    sendWakeup,
    now: clock,
    namespace: "kubemend",
  };
  let deps = base;
  const restart = (): void => {
    if (options.guards !== undefined) deps = { ...base, guards: createGuardDesk(deskDeps) };
  };
  restart();
  const toRun = () => ({
    holder: `test/${nowMs}/${version}`,
    deadlineMs: nowMs + 30_000,
    signal: new AbortController().signal,
  });
  const now = (): string => new Date(nowMs).toISOString();
  const world: RequestWorld = {
    failing: undefined,
    onRequest: undefined,
    objects,
    records,
    alerts,
    wakeups,
    requests,
    unconfirmed,
    ended,
    put,
    now,
    pass: (ms) => void (nowMs += ms),
    deliver(part, { name, ...options } = {}) {
      const data = toRequestData(parsed.rule, trigger, now(), part);
      const body = JSON.stringify(toMessage({ ...data, record: name ?? data.record }));
      return processMessage(body, deps, { ...toRun(), ...options });
    },
    wake(changed) {
      const wakeup = wakeups.at(-1);
      if (wakeup === undefined) throw new Error("no wake-up was sent");
      if (changed === undefined) nowMs = Math.max(nowMs, Date.parse(wakeup.data.due));
      const data = changed ? { ...wakeup.data, due: now(), changed } : wakeup.data;
      return processWakeup(JSON.stringify({ ...wakeup, data }), deps, toRun());
    },
    async wakeDue() {
      const due = wakeups.filter(({ data }) => Date.parse(data.due) <= nowMs);
      for (const wakeup of due) wakeups.splice(wakeups.indexOf(wakeup), 1);
      await Promise.all(due.map((wakeup) => processWakeup(JSON.stringify(wakeup), deps, toRun())));
    },
    restart,
    wakeAs(data) {
      const { name, namespace } = data.record;
      const spec = {
        cluster: { name: "test", uid: CLUSTER_UID },
        rule: parsed.rule,
        traceparent: TRACEPARENT,
      };
      const record = { metadata: { name, namespace, uid: data.record.uid }, spec };
      const made = toWakeup({ record, subject: "/", due: data.due, now: now() });
      const body = { ...made, data: { ...made.data, ...data } };
      return processWakeup(JSON.stringify(body), deps, toRun());
    },
    forgeWakeup(part) {
      const wakeup = wakeups.at(-1);
      if (wakeup === undefined) throw new Error("no wake-up was sent");
      const data = { ...wakeup.data, ...part };
      return processWakeup(JSON.stringify({ ...wakeup, data }), deps, toRun());
    },
  };
  return world;
}

/** Whether a record with this status is selected by `status.a=x,status.b!=y`. */
function isSelected(status: RecordStatus | undefined, selector: string): boolean {
  return selector.split(",").every((part) => {
    const [, field = "", not, value = ""] = /^status\.(\w+)(!?)=(.*)$/.exec(part) ?? [];
    const own = (status as Json | undefined)?.[field] ?? "";
    return (own === value) === (not === "");
  });
}
