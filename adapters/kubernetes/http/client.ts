import type { Readable } from "node:stream";

/** One request to an API server. `path` is absolute and encoded; `query` values are encoded by the client. */
export type KubernetesRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`; patches name theirs. */
  readonly contentType?: string | undefined;
  /** Default `application/json`. */
  readonly accept?: string | undefined;
  /** Whole request, in ms; default 30 000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type KubernetesStream = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes as they come, with the socket's own backpressure. Not consumed = must be destroyed. */
  readonly body: Readable;
};

/**
 * A connection to one API server. Two implementations pass one contract suite (test/contract/kubernetes-client):
 * `connectKubeConfig` (the library's kubeconfig and authentication; relay, cli, sandbox, tests) and
 * `connectLean` (node:https; the functions, where cold start counts).
 */
export type KubernetesClient = {
  readonly server: string;
  /** Parsed JSON of a 2xx answer. Anything else throws a KubemendError by status and cause (`errors.ts`). */
  readonly request: <T = unknown>(request: KubernetesRequest) => Promise<T>;
  /** The raw answer, whatever its status: for the reflector, which reads statuses itself. Throws only where there was no answer. */
  readonly stream: (request: KubernetesRequest) => Promise<KubernetesStream>;
  readonly close: () => Promise<void>;
};
