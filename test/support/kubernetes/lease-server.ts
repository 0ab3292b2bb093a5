import { KubemendError } from "../../../core/errors.ts";
import { toApiError } from "../../../adapters/kubernetes/http/errors.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";

type Stored = {
  metadata: {
    resourceVersion?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
  spec: Record<string, unknown>;
};

/** What the server does with the next request instead of answering it normally. */
export type Trouble =
  /** The request never arrives. */
  | "unreachable"
  /** The request is carried out, but the answer is lost. */
  | "answerLost"
  | "forbidden";

/** One Lease on a fake server that handles resourceVersions like the API server; test/e2e uses the real one. */
export type LeaseServer = {
  readonly client: KubernetesClient;
  readonly requests: string[];
  readonly lease: () => Stored | undefined;
  /** Another client writes it. */
  readonly edit: (change: (lease: Stored) => void) => void;
  readonly remove: () => void;
  readonly put: (lease: Stored) => void;
  /** etcd is restored from a backup: the Lease is this one, and resourceVersions continue from its own. */
  readonly restore: (lease: Stored | undefined) => void;
  /** Delay of the answer. */
  answerTime: () => Promise<void>;
  /** Called for each request. */
  trouble: (request: KubernetesRequest) => Trouble | undefined;
};

export function createLeaseServer(): LeaseServer {
  let version = 100;
  let stored: Stored | undefined;
  const requests: string[] = [];
  const refuse = (status: number, reason: string, path: string): KubemendError =>
    toApiError(status, { kind: "Status", reason, message: reason }, path);
  const store = (lease: Stored): Stored => {
    const before = JSON.stringify({
      ...stored,
      metadata: { ...stored?.metadata, resourceVersion: "" },
    });
    const after = JSON.stringify({
      ...lease,
      metadata: { ...lease.metadata, resourceVersion: "" },
    });
    // A write that changes nothing creates no new resourceVersion.
    if (before === after && stored !== undefined) return stored;
    version += 1;
    stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(version) } };
    return stored;
  };
  const handle = ({ method, path, body }: KubernetesRequest): Stored => {
    if (method === "GET") {
      if (stored === undefined) throw refuse(404, "NotFound", path);
      return stored;
    }
    const lease = structuredClone(body) as Stored;
    const { resourceVersion } = lease.metadata;
    if (stored === undefined && resourceVersion !== undefined) throw refuse(404, "NotFound", path);
    if (stored !== undefined && resourceVersion === undefined) {
      throw refuse(422, "metadata.resourceVersion: must be specified for an update", path);
    }
    if (stored !== undefined && resourceVersion !== stored.metadata.resourceVersion) {
      throw refuse(409, "Conflict", path);
    }
    return store(lease);
  };
  const server: LeaseServer = {
    requests,
    lease: () => stored,
    edit(change) {
      const lease = structuredClone(stored);
      if (lease === undefined) throw new Error("there is no Lease");
      change(lease);
      store(lease);
    },
    remove() {
      stored = undefined;
    },
    put(lease) {
      store(lease);
    },
    restore(lease) {
      stored = structuredClone(lease);
      version = Number(lease?.metadata.resourceVersion ?? 0);
    },
    answerTime: async () => undefined,
    trouble: () => undefined,
    client: {
      server: "https://lease",
      async request<T>(request: KubernetesRequest) {
        requests.push(request.method);
        const trouble = server.trouble(request);
        if (trouble === "forbidden") throw refuse(403, "Forbidden", request.path);
        const unreachable = new KubemendError("Unreachable", "no way", {
          retryable: true,
        });
        if (trouble === "unreachable") throw unreachable;
        const answer = structuredClone(handle(request)) as T;
        await server.answerTime();
        if (trouble === "answerLost") throw unreachable;
        return answer;
      },
      stream: async () => Promise.reject(new Error("leases are not streamed")),
      close: async () => undefined,
    },
  };
  return server;
}
