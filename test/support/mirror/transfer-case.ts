import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord, RecordStatus } from "../../../events/remediation.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { createProblems, type Problems } from "../../../functions/transfer/problems.ts";
import { createTransfer, type TransferDeps } from "../../../functions/transfer/transfer.ts";
import type { SqsProcess } from "../../../adapters/lambda/sqs-process.ts";
import { CopyServer } from "./copy-server.ts";
import { CONFIG_MAPS, SOURCE_CLUSTER } from "./mirror-case.ts";
import { deliver, toTransferMessage, type Delivered } from "./transfer-message.ts";

/** A cluster with the namespace `shop`. */
export class ClusterCase extends CopyServer {
  #puts = 0;

  constructor(uid: string) {
    super();
    this.put("/api/v1/namespaces/kube-system", toNamespace("kube-system", { uid }));
    this.put("/api/v1/namespaces/shop", toNamespace("shop"));
  }

  /** Another state of an object. */
  override put(path: string, object: KubernetesObject): void {
    this.#puts += 1;
    const metadata = { ...object.metadata, resourceVersion: `0${this.#puts}` };
    super.put(path, { ...object, metadata });
  }

  writes(): readonly string[] {
    return this.requests.filter((line) => !line.startsWith("GET"));
  }
}

export function toNamespace(name: string, metadata: object = {}): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, uid: `uid-${name}`, ...metadata },
  };
}

/** The path of a ConfigMap of the namespace `shop`. */
export function toPath(name: string, namespace: string = "shop"): string {
  return `/api/v1/namespaces/${namespace}/configmaps/${name}`;
}

export function toConfigMap(name: string, fields: object = {}): KubernetesObject {
  const { metadata = {}, ...others } = fields as { readonly metadata?: object };
  const uid = `uid-${name}`;
  const own = { name, namespace: "shop", uid, resourceVersion: "1", ...metadata };
  return { apiVersion: "v1", kind: "ConfigMap", ...others, metadata: own };
}

/** Records in memory, as the record store keeps them. */
export class RecordsCase {
  readonly records: Map<string, RemediationRecord> = new Map();

  /** `NAME PHASE REASON` of each, by the name of its object. */
  list(): readonly string[] {
    return [...this.records.values()].map(
      ({ spec, status }) => `${spec.trigger.name} ${status?.phase} ${status?.reason}`,
    );
  }

  statusOf(name: string): RecordStatus | undefined {
    return [...this.records.values()].find(({ spec }) => spec.trigger.name === name)?.status;
  }

  readonly store: Store = {
    obtain: async (name, spec) => {
      const found = this.records.get(name);
      if (found !== undefined) return found;
      const metadata = { name, uid: `uid-${name}`, namespace: "kubemend" };
      const created = { metadata, spec } as unknown as RemediationRecord;
      this.records.set(name, created);
      return created;
    },
    read: async (name) => this.records.get(name),
    saveStatus: async (record, status) => {
      const saved = { ...record, status };
      this.records.set(record.metadata.name, saved);
      return { outcome: "saved", record: saved };
    },
  };
}

type Store = { -readonly [Name in "obtain" | "read" | "saveStatus"]: RecordStore[Name] };

/** Two clusters in memory, and the records of the first. */
export type TransferCase = {
  readonly source: ClusterCase;
  readonly target: ClusterCase;
  readonly records: RecordsCase;
  /** A process of the function, with these rules; other dependencies replace those of the case. */
  readonly start: (rules: readonly Rule[], deps?: Partial<TransferDeps>) => SqsProcess;
  /** Gives a process the message about a change of a ConfigMap, or that of a comparison, with any uid. */
  readonly deliver: (
    process: SqsProcess,
    rule: string,
    object: Pick<KubernetesObject["metadata"], "name" | "uid"> & { readonly namespace?: string },
    isCompared?: boolean,
  ) => Promise<Delivered>;
  /** Objects whose failure is kept in a record, as a comparison finds them. */
  readonly findFailing: (of: {
    readonly rule: string;
    readonly target: string;
  }) => ReturnType<Problems["findFailing"]>;
};

export function createTransferCase(): TransferCase {
  const source = new ClusterCase(SOURCE_CLUSTER.uid);
  const target = new ClusterCase("uid-of-cluster-b");
  const records = new RecordsCase();
  const now = (): number => Date.now();
  const pages = async function* () {
    const page = { records: [...records.records.values()], unreadable: [] };
    yield page as never;
  };
  return {
    source,
    target,
    records,
    start: (rules, deps = {}) =>
      createTransfer({
        pipeline: {
          cluster: { name: "prod" },
          clusters: [],
          watch: [],
          rules,
          redact: [],
          digest: "d",
        },
        client: source.client,
        discovery: source.discovery,
        clusterUid: async () => SOURCE_CLUSTER.uid,
        installation: "kubemend",
        open: async (name) => ({
          name,
          uid: "uid-of-cluster-b",
          client: target.client,
          discovery: target.discovery,
        }),
        states: {
          ask: async () => ({ outcome: "apply" }),
          findPaused: async () => undefined,
          noteAway: async () => false,
          noteReached: async () => undefined,
          noteUnwritable: async () => false,
          noteWritten: async () => undefined,
          notePaused: async () => undefined,
          noteObsolete: async () => undefined,
        },
        problems: createProblems({ records: records.store, pages, now }),
        alert: async () => undefined,
        mirrors: { change: () => Promise.reject(new Error("not served")) },
        send: async () => undefined,
        now,
        ...deps,
      }),
    findFailing: (of) =>
      createProblems({ records: records.store, pages, now }).findFailing(
        { cluster: SOURCE_CLUSTER, ...of },
        new AbortController().signal,
      ),
    async deliver(process, rule, { name, uid, namespace = "shop" }, isCompared = false) {
      const object = { ...CONFIG_MAPS, namespace, name, uid, resourceVersion: "1" };
      const world = { clusterUid: SOURCE_CLUSTER.uid };
      const message = toTransferMessage(world, rule, object, "modified");
      if (!isCompared) return deliver(process, message);
      const { cluster, target: of, rule: by, pipeline } = message.data;
      const data = {
        cluster,
        target: of,
        rule: by,
        pipeline,
        reason: "comparison",
        object,
      } as const;
      return deliver(process, { ...message, data });
    },
  };
}
