import type { Readable } from "node:stream";

/** One request to an API server. `path` is absolute and encoded; the client encodes `query`. */
export type KubernetesRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`; a patch names its own. */
  readonly contentType?: string | undefined;
  /** Default `application/json`. */
  readonly accept?: string | undefined;
  /** Limit of the whole request, for a stream of its headers, in ms; default 30 000. */
  readonly timeoutMs?: number | undefined;
  /** A longer answer of `request` is `Invalid`; default 64 MiB. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * What becomes of objects that are nested too deep: the answer is refused as `Invalid` (default), or the object, or each such item of a
   * list, is returned as a `TooDeep` (core/changes/too-deep.ts). Only the caller knows whether it asks for a list.
   */
  readonly deep?: "refuse" | "wrapObject" | "wrapItems" | undefined;
};

export type KubernetesStream = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes as they arrive, with the socket's own backpressure. Must be consumed or destroyed. */
  readonly body: Readable;
};

/**
 * A client of one API server (`create-client.ts`). Its two transports pass one contract suite (test/contract/kubernetes-client):
 * `connectKubeConfig` (the library's kubeconfig and authentication; relay, cli, sandbox, tests) and
 * `connectLean` (node:https; the functions, where cold start counts).
 */
export type KubernetesClient = {
  readonly server: string;
  /** The parsed JSON of a 2xx answer. Every other answer throws a KubemendError by status and cause (`errors.ts`). */
  readonly request: <T = unknown>(request: KubernetesRequest) => Promise<T>;
  /** The raw answer, whatever its status: for the reflector, which handles statuses itself. Throws only if there was no answer. */
  readonly stream: (request: KubernetesRequest) => Promise<KubernetesStream>;
  readonly close: () => Promise<void>;
};
