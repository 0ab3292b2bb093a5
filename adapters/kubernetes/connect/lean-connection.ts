import { readFile } from "node:fs/promises";
import { request as requestHttp, type Agent as HttpAgent, type IncomingMessage } from "node:http";
import { request as requestHttps, type RequestOptions } from "node:https";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { AccessSource } from "./access-source.ts";
import { createAgents } from "./agents.ts";
import type { KubernetesClient, KubernetesRequest } from "../http/client.ts";
import { toConnectionError } from "../http/connection-error.ts";
import { toApiError } from "../http/errors.ts";
import { parseJsonText, readBounded } from "../http/json-body.ts";
import { readKubeconfig, type ClusterAccess } from "./kubeconfig.ts";
import { describeRequest, toErrorBody, toHeaders, toQuery } from "../http/wire.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * A connection by node:https alone: 45 ms of import instead of 106 ms with the client library, which counts at a cold start.
 * Reads tokens, token files (anew for each request), client certificates and CAs; throws `InvalidConfiguration` for all else.
 * A request on a kept connection that the other side closed meanwhile (a frozen function finds this on waking) is sent
 * once more: every write of ours is repeatable, by name, resourceVersion or uid.
 * An aborted `signal` throws its reason; the rest is a KubemendError.
 */
export async function connectLean(options: {
  readonly kubeconfig: string;
}): Promise<KubernetesClient> {
  const access = await readKubeconfig(options.kubeconfig);
  return createLeanClient({ description: toServer(access), current: async () => access });
}

/**
 * The same by a way in that may change while the process lives. After a 401, with which nothing was done, it is renewed and the
 * request sent once more. `server` is the source's description until the first request.
 */
export function createLeanClient(source: AccessSource): KubernetesClient {
  const agents = createAgents();
  let server = source.description;
  const open = async (): Promise<Route> => {
    const access = await source.current();
    server = toServer(access);
    return { access, agent: agents.get(access), server };
  };
  return {
    get server() {
      return server;
    },
    request: async <T>(request: KubernetesRequest): Promise<T> => {
      const route = await open();
      try {
        return (await requestJson(route, request)) as T;
      } catch (error) {
        if (!isAccessRefused(error) || source.renew === undefined) throw error;
        source.renew(route.access);
        // A certificate that is not trusted is no answer: the next request has the new one.
        if (error.code !== "Unauthorized") throw error;
      }
      request.signal?.throwIfAborted();
      try {
        return (await requestJson(await open(), request)) as T;
      } catch (error) {
        throw isKubemendError(error, "Unauthorized") ? withWayOut(error, source) : error;
      }
    },
    stream: async (request) => {
      const route = await open();
      const answer = await openWithTimeout(route, request, async (answer) => answer);
      if (toStatus(answer) === 401) source.renew?.(route.access);
      return { status: toStatus(answer), headers: toHeaders(answer.headers), body: answer };
    },
    close: async () => agents.close(),
  };
}

/** One way into the API server, as it is at this moment. */
type Route = {
  readonly access: ClusterAccess;
  readonly agent: HttpAgent;
  readonly server: string;
};

function toServer({ server }: ClusterAccess): string {
  return server.href.replace(/\/$/, "");
}

function isAccessRefused(error: unknown): error is KubemendError {
  return (
    isKubemendError(error, "Unauthorized") ||
    (isKubemendError(error, "Unreachable") && !error.retryable)
  );
}

function withWayOut(error: KubemendError, { wayOut }: AccessSource): KubemendError {
  if (wayOut === undefined) return error;
  const { code, message, retryable, status } = error;
  return new KubemendError(code, `${message}; ${wayOut}`, { retryable, status });
}

async function requestJson(route: Route, request: KubernetesRequest): Promise<unknown> {
  const about = describeRequest(request);
  return openWithTimeout(route, request, async (answer) => {
    const text = await readBounded(answer, about);
    const status = toStatus(answer);
    if (status >= 200 && status < 300) return parseJsonText(text, about);
    throw toApiError(status, toErrorBody(text), about, answer.headers["retry-after"]);
  });
}

/** `timeoutMs` covers all that `use` awaits: the whole answer of a request, the headers of a stream. */
async function openWithTimeout<T>(
  route: Route,
  request: KubernetesRequest,
  use: (answer: IncomingMessage) => Promise<T>,
): Promise<T> {
  const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signals = [timeout.signal, ...(request.signal === undefined ? [] : [request.signal])];
  try {
    return await use(await send(route, request, AbortSignal.any(signals)));
  } catch (error) {
    if (isKubemendError(error)) throw error;
    request.signal?.throwIfAborted();
    if (!timeout.signal.aborted)
      throw toConnectionError(error, describeRequest(request), route.server);
    throw new KubemendError(
      "Timeout",
      `${describeRequest(request)}: no whole answer from ${route.server} within ${timeoutMs} ms`,
      { retryable: true, cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

async function send(
  route: Route,
  request: KubernetesRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const options: RequestOptions = {
    method: request.method,
    agent: route.agent,
    headers: await toRequestHeaders(route.access, request, body),
    signal,
  };
  const url = `${route.server}${request.path}${toQuery(request.query)}`;
  const first = await sendOnce(url, options, body);
  if (first.outcome === "answered") return first.answer;
  if (!first.stale) throw first.error;
  const second = await sendOnce(url, options, body);
  if (second.outcome === "answered") return second.answer;
  throw second.error;
}

type Sent =
  | { readonly outcome: "answered"; readonly answer: IncomingMessage }
  | { readonly outcome: "failed"; readonly error: Error; readonly stale: boolean };

function sendOnce(url: string, options: RequestOptions, body: string | undefined): Promise<Sent> {
  const request = url.startsWith("http:") ? requestHttp : requestHttps;
  return new Promise((resolve) => {
    const sent = request(url, options, (answer) => {
      resolve({ outcome: "answered", answer });
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      resolve({ outcome: "failed", error, stale });
    });
    sent.end(body);
  });
}

async function toRequestHeaders(
  access: ClusterAccess,
  request: KubernetesRequest,
  body: string | undefined,
): Promise<Record<string, string>> {
  const token = await readToken(access);
  return {
    accept: request.accept ?? "application/json",
    "user-agent": "kubemend",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined
      ? {}
      : {
          "content-type": request.contentType ?? "application/json",
          "content-length": String(Buffer.byteLength(body)),
        }),
  };
}

async function readToken(access: ClusterAccess): Promise<string | undefined> {
  if (access.tokenFile === undefined) return access.token;
  try {
    return (await readFile(access.tokenFile, "utf8")).trim();
  } catch (error) {
    throw new KubemendError(
      "InvalidConfiguration",
      `kubeconfig: cannot read the token file ${access.tokenFile}`,
      { retryable: false, cause: error },
    );
  }
}

function toStatus(answer: IncomingMessage): number {
  return answer.statusCode ?? 0;
}
