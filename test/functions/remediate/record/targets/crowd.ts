import type { KubernetesObject } from "../../../../../events/change.ts";
import type { RecordStatus } from "../../../../../events/remediation.ts";
import type { TargetProgress } from "../../../../../core/records/targets/progress.ts";
import type { KubernetesRequest } from "../../../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../../../core/errors.ts";
import {
  createRequestWorld,
  type RequestWorld,
} from "../../../../support/functions/request-world.ts";

type Json = Readonly<Record<string, unknown>>;

const PODS = "/api/v1/namespaces/data/pods";

/** A job, whose rule does something to the Pods of its namespace. */
const TRIGGER: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "clean", namespace: "data", uid: "clean-uid", resourceVersion: "1" },
};

/** Pods that can be listed, read, evicted and deleted, in a world whose rule acts on them. */
export type Crowd = RequestWorld & {
  readonly pods: Map<string, KubernetesObject>;
  /** `DELETE a` and `EVICT b`, in order. */
  readonly writes: string[];
  /** How often the Pods were listed. */
  readonly lists: () => number;
  /** Called before a request for a Pod, or for their list, is answered; may throw. */
  onPod: (method: string, name: string) => void;
  readonly addPod: (name: string, metadata?: Json) => void;
  readonly status: () => RecordStatus;
};

export function createCrowd(then: Json, count: number, more: Json = {}): Crowd {
  const pods = new Map<string, KubernetesObject>();
  const writes: string[] = [];
  let lists = 0;
  const serve = ({ method, path }: KubernetesRequest): unknown => {
    if (!path.startsWith(PODS)) return undefined;
    if (path === PODS) {
      crowd.onPod("LIST", "");
      lists += 1;
      return { items: [...pods.values()] };
    }
    const [name = ""] = path.slice(PODS.length + 1).split("/");
    crowd.onPod(method, name);
    const pod = pods.get(name);
    if (pod === undefined) throw new KubemendError("NotFound", name, { retryable: false });
    if (method === "GET") return pod;
    writes.push(`${method === "POST" ? "EVICT" : method} ${name}`);
    pods.delete(name);
    return {};
  };
  const rule = { on: { resource: "jobs.batch" }, once: "object", then: [then], ...more };
  const world = createRequestWorld(rule, TRIGGER, { serve });
  world.put("jobs", TRIGGER);
  const crowd: Crowd = Object.assign(world, {
    pods,
    writes,
    lists: () => lists,
    onPod: () => undefined,
    addPod(name: string, metadata: Json = {}) {
      const own = { name, namespace: "data", uid: `${name}-uid`, ...metadata };
      pods.set(name, { apiVersion: "v1", kind: "Pod", metadata: own });
    },
    status(): RecordStatus {
      const [record] = world.records.values();
      if (record?.status === undefined) throw new Error("there is no record");
      return record.status;
    },
  });
  for (let index = 0; index < count; index += 1) {
    crowd.addPod(`p-${String(index).padStart(4, "0")}`);
  }
  return crowd;
}

/** The parameters of an action on the Pods of the crowd. */
export const many = (more: Json = {}, atMost = 5000): Json => ({
  targets: { select: { resource: "pods", ...more }, atMost },
});
export const DELETE: Json = { deleteObject: many() };
export const EVICT: Json = { evictPod: many() };

export const toTargets = ({ steps }: RecordStatus): TargetProgress =>
  steps?.[0]?.targets as TargetProgress;

export function refuseBudget(): never {
  throw new KubemendError("TooManyRequests", "the budget needs 1", { retryable: true });
}

export function fail(code: "Unavailable" | "Invalid", message: string): never {
  throw new KubemendError(code, message, { retryable: code === "Unavailable" });
}

/** Delivers the request, then every wake-up, until the record has ended. */
export async function runToEnd(crowd: Crowd): Promise<void> {
  await crowd.deliver({});
  for (let round = 0; crowd.status().phase === "Waiting"; round += 1) {
    if (round > 1000) throw new Error(`it still waits: ${crowd.status().message}`);
    await crowd.wake();
  }
}
