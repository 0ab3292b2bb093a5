/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import type { KubernetesObject } from "../../../../../events/change.ts";
import type { RecordStatus } from "../../../../../events/remediation.ts";
import type { KubernetesRequest } from "../../../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../../../core/errors.ts";
import {
  createRequestWorld,
  type RequestWorld,
} from "../../../../support/functions/request-world.ts";

type Json = Readonly<Record<string, unknown>>;

/** A Node that is drained, and the controllers of its Pods. */
export type DrainedNode = RequestWorld & {
  /** By `namespace/name`. */
  readonly pods: Map<string, KubernetesObject>;
  /** The evicted Pods by `namespace/name`, in order. */
  readonly evictions: string[];
  readonly addPod: (namespace: string, name: string, uid?: string) => void;
  /** Called after a Pod was evicted. */
  onEvicted: (namespace: string) => void;
  /** Called before a request for Pods is answered; may throw. */
  onPod: (method: string, key: string) => void;
  readonly status: () => RecordStatus;
  /** Delivers the request. */
  readonly begin: () => Promise<void>;
  /** Delivers every wake-up, until the record has ended. */
  readonly finish: () => Promise<void>;
  /** Both. */
  readonly drain: () => Promise<void>;
};

const NODE = {
  group: "",
  version: "v1",
  resource: "nodes",
  kind: "Node",
  namespaced: false,
  namespace: null,
  name: "n1",
  uid: "node-uid",
  resourceVersion: "5",
} as const;

export function createDrainedNode(drain: Json = {}, more: Json = {}): DrainedNode {
  const pods = new Map<string, KubernetesObject>();
  const evictions: string[] = [];
  let isCordoned = false;
  const toNode = (): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: NODE.name, uid: NODE.uid, resourceVersion: "5" },
    spec: isCordoned ? { unschedulable: true } : {},
  });
  const serve = ({ method, path }: KubernetesRequest): unknown => {
    if (path.startsWith("/api/v1/nodes/")) {
      if (method === "PATCH") isCordoned = true;
      return toNode();
    }
    if (path === "/api/v1/pods") return { items: [...pods.values()] };
    const [, namespace = "", name = ""] = /namespaces\/([^/]+)\/pods\/([^/]+)/.exec(path) ?? [];
    if (name === "") return undefined;
    const key = `${namespace}/${name}`;
    node.onPod(method, key);
    const pod = pods.get(key);
    if (pod === undefined) throw new KubemendError("NotFound", key, { retryable: false });
    if (method === "GET") return pod;
    pods.delete(key);
    evictions.push(key);
    node.onEvicted(namespace);
    return {};
  };
  const rule = {
    on: { resource: "nodes" },
    once: "object",
    reach: "cluster",
    then: [{ drain }],
    ...more,
  };
  const world = createRequestWorld(rule, toNode(), { serve });
  const node: DrainedNode = Object.assign(world, {
    pods,
    evictions,
    onEvicted: () => undefined,
    onPod: () => undefined,
    addPod(namespace: string, name: string, uid = `${namespace}-${name}-uid`) {
      const key = `${namespace}/${name}`;
      const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "r" };
      const ownerReferences = [{ ...owner, controller: true }];
      const metadata = { name, namespace, uid, ownerReferences };
      pods.set(key, { apiVersion: "v1", kind: "Pod", metadata, spec: { nodeName: NODE.name } });
    },
    status(): RecordStatus {
      const [record] = world.records.values();
      if (record?.status === undefined) throw new Error("there is no record");
      return record.status;
    },
    async begin() {
      await world.deliver({ trigger: NODE }, { isSigned: true });
    },
    async drain() {
      await node.begin();
      await node.finish();
    },
    async finish() {
      for (let round = 0; node.status().phase === "Waiting"; round += 1) {
        if (round > 2000) throw new Error(`it still waits: ${node.status().message}`);
        await world.wake();
      }
    },
  });
  return node;
}
