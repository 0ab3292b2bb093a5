import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient, KubernetesRequest } from "./client.ts";
import { toConnectionError } from "./connection-error.ts";
import { toApiError } from "./errors.ts";
import { parseJsonText, readBounded } from "./json-body.ts";
import type { Route, Transport, WireAnswer, WireRequest } from "./transport.ts";
import { describeRequest, toErrorBody, toHeaders, toQuery } from "./wire.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * The client over a transport: encoding, timeouts, JSON, errors, and new credentials. After a 401, with which the API server
 * did nothing, the credentials are invalidated and a `request` is sent once more; a `stream` leaves that to its caller.
 * An aborted `signal` throws its reason; every other failure is a KubemendError.
 */
export function createKubernetesClient(transport: Transport): KubernetesClient {
  return {
    get server() {
      return transport.server();
    },
    request: async <T>(request: KubernetesRequest): Promise<T> =>
      (await requestJson(transport, request)) as T,
    stream: async (request) => {
      const route = await transport.open();
      const answer = await exchange(route, request, async (answer) => answer);
      if (answer.status === 401) route.invalidate?.();
      return { status: answer.status, headers: toHeaders(answer.headers), body: answer.body };
    },
    close: () => transport.close(),
  };
}

async function requestJson(transport: Transport, request: KubernetesRequest): Promise<unknown> {
  const route = await transport.open();
  const first = await readAnswer(route, request);
  if (first.status !== 401 || route.invalidate === undefined) return toResult(first, request);
  route.invalidate();
  request.signal?.throwIfAborted();
  const second = await readAnswer(await transport.open(), request);
  return toResult(second, request, transport.hint);
}

type Answer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
};

async function readAnswer(route: Route, request: KubernetesRequest): Promise<Answer> {
  return exchange(route, request, async ({ status, headers, body }) => ({
    status,
    retryAfter: headers["retry-after"],
    text: await readBounded(body, describeRequest(request), request.maxBytes),
  }));
}

function toResult(
  { status, retryAfter, text }: Answer,
  request: KubernetesRequest,
  hint?: string,
): unknown {
  const about = describeRequest(request);
  if (status >= 200 && status < 300) return parseJsonText(text, about, request.deep);
  const error = toApiError(status, toErrorBody(text), about, retryAfter);
  if (status !== 401 || hint === undefined) throw error;
  const { code, message, retryable } = error;
  throw new KubemendError(code, `${message}; ${hint}`, { retryable, status });
}

/** `timeoutMs` covers everything that `use` awaits: the whole answer of a request, the headers of a stream. */
async function exchange<T>(
  route: Route,
  request: KubernetesRequest,
  use: (answer: WireAnswer) => Promise<T>,
): Promise<T> {
  const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signals = [timeout.signal, ...(request.signal === undefined ? [] : [request.signal])];
  try {
    return await orAborted(AbortSignal.any(signals), (signal) =>
      route.send(toWireRequest(request), signal).then(use),
    );
  } catch (error) {
    if (isKubemendError(error)) throw error;
    request.signal?.throwIfAborted();
    const about = describeRequest(request);
    if (!timeout.signal.aborted) throw toRouteError(error, about, route);
    throw new KubemendError(
      "Timeout",
      `${about}: no complete answer from ${route.description} within ${timeoutMs} ms`,
      { retryable: true, cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** An untrusted certificate may be the sign of a new certificate authority: the next request reads it again. */
function toRouteError(error: unknown, about: string, route: Route): KubemendError {
  const failure = toConnectionError(error, about, route.description);
  if (!failure.retryable) route.invalidate?.();
  return failure;
}

function toWireRequest(request: KubernetesRequest): WireRequest {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  return {
    method: request.method,
    target: `${request.path}${toQuery(request.query)}`,
    headers: {
      accept: request.accept ?? "application/json",
      "user-agent": "kubemend",
      ...(body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
    },
    body,
  };
}

/** undici looks at a request's signal only once the request has a connection; a request that waits for one must end too. */
async function orAborted<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work(signal), promise]);
  } finally {
    // A signal that depends on another one stays in memory as long as it has a listener.
    signal.removeEventListener("abort", onAbort);
  }
}
