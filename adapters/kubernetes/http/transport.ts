import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { KubernetesRequest } from "./client.ts";

/** A request as it goes over the wire; the transport adds the address and the credentials. */
export type WireRequest = {
  readonly method: KubernetesRequest["method"];
  /** Path and query, encoded; appended to the server's address. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string | undefined;
};

/** An answer whose body has not been read. */
export type WireAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
};

/** The API server with the credentials that are valid at this moment. */
export type Route = {
  /** The server, and the proxy before it, for error messages. */
  readonly description: string;
  /** Sends one request; rejects with whatever the library throws if there is no answer. */
  readonly send: (request: WireRequest, signal: AbortSignal) => Promise<WireAnswer>;
  /**
   * The API server refused these credentials, or its certificate is not trusted: the next `open` obtains new ones. Absent if
   * there are no others to obtain.
   */
  readonly invalidate?: (() => void) | undefined;
};

/**
 * What sends bytes for the one client (`create-client.ts`). Two exist: `undici-transport.ts` with everything that a kubeconfig
 * can name, and `https-transport.ts` on node:https for the functions, where cold start counts.
 */
export type Transport = {
  /** The server's address; until the first request it may be a description of where the address comes from. */
  readonly server: () => string;
  /** Called once per attempt. Throws a KubemendError if the credentials cannot be obtained. */
  readonly open: () => Promise<Route>;
  /** Added to the error message if the API server refuses new credentials too. */
  readonly hint?: string | undefined;
  readonly close: () => Promise<void>;
};
