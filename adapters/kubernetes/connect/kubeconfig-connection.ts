import { Agent, Pool, ProxyAgent, request as send, type Dispatcher } from "undici";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient, KubernetesRequest } from "../http/client.ts";
import { toConnectionError } from "../http/connection-error.ts";
import { toApiError } from "../http/errors.ts";
import { parseJsonText, readBounded } from "../http/json-body.ts";
import {
  openKubeConfig,
  type KubeConfigAccess,
  type KubeConfigOptions,
  type TlsSettings,
} from "./kubeconfig-access.ts";
import { createSocksConnector } from "./socks-connector.ts";
import { describeRequest, toErrorBody, toHeaders, toQuery } from "../http/wire.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Below the 60 s after which load balancers drop a quiet connection. */
const KEEP_ALIVE_PROBE_MS = 30_000;

/**
 * A connection with all that a kubeconfig can say; the library supplies authentication, undici the bytes.
 * Connections are kept and shared, a stream has one of its own. Certificates that change open a new pool, the old one
 * ends with its last request. After a 401 the kubeconfig is read anew and a `request` is sent once more.
 * An aborted `signal` throws its reason; the rest is a KubemendError.
 */
export async function connectKubeConfig(options: KubeConfigOptions): Promise<KubernetesClient> {
  const access = openKubeConfig(options);
  const pools = createPools(access);
  const deps: Deps = { access, pools, route: describeRoute(access) };
  return {
    server: access.server,
    request: async <T>(request: KubernetesRequest): Promise<T> =>
      (await requestJson(deps, request)) as T,
    stream: async (request) => {
      const answer = await openWithTimeout(deps, request, async (answer) => answer);
      if (answer.statusCode === 401) access.forget();
      // Who destroys a body unread hears of it as an error of the body; who reads it gets the error from the reading.
      answer.body.on("error", () => {});
      return { status: answer.statusCode, headers: toHeaders(answer.headers), body: answer.body };
    },
    close: () => pools.close(),
  };
}

type Deps = {
  readonly access: KubeConfigAccess;
  readonly pools: Pools;
  /** The server, and the proxy before it, for errors. */
  readonly route: string;
};

type Pools = {
  readonly get: (tls: TlsSettings, digest: string) => Dispatcher;
  readonly close: () => Promise<void>;
};

function createPools(access: KubeConfigAccess): Pools {
  let current: { readonly digest: string; readonly dispatcher: Dispatcher } | undefined;
  const retired = new Set<Dispatcher>();
  const retire = (dispatcher: Dispatcher): void => {
    retired.add(dispatcher);
    const forget = (): void => void retired.delete(dispatcher);
    dispatcher.close().then(forget, forget);
  };
  return {
    get(tls, digest) {
      if (current?.digest === digest) return current.dispatcher;
      if (current !== undefined) retire(current.dispatcher);
      current = { digest, dispatcher: createDispatcher(access, tls) };
      return current.dispatcher;
    },
    async close() {
      const open = current === undefined ? [] : [current.dispatcher];
      await Promise.all([...retired, ...open].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

function createDispatcher(access: KubeConfigAccess, tls: TlsSettings): Dispatcher {
  const connect = {
    ...tls,
    // Over HTTP/2 all watches would share one connection's flow control: a slow one would stop the others.
    allowH2: false,
    timeout: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
  };
  const options = { allowH2: false, connect, bodyTimeout: 0 };
  if (access.proxyUrl === undefined) return new Agent(options);
  if (access.proxyUrl.startsWith("socks")) {
    return new Agent({ ...options, connect: createSocksConnector(access.proxyUrl, connect) });
  }
  // `tls` is the API server's: a proxy that is spoken to by https is trusted by the machine's own authorities.
  const proxyTls = { allowH2: false, timeout: CONNECT_TIMEOUT_MS };
  return new ProxyAgent({
    ...options,
    uri: access.proxyUrl,
    requestTls: connect,
    proxyTls,
    // Its answer to CONNECT is part of connecting.
    clientFactory: (proxy, settings) =>
      new Pool(proxy, { ...settings, headersTimeout: CONNECT_TIMEOUT_MS }),
  });
}

function describeRoute({ server, proxyUrl }: KubeConfigAccess): string {
  if (proxyUrl === undefined) return server;
  const { protocol, host } = new URL(proxyUrl);
  return `${server} through the proxy ${protocol}//${host}`;
}

async function requestJson(deps: Deps, request: KubernetesRequest): Promise<unknown> {
  const about = describeRequest(request);
  const ask = (): Promise<Answer> =>
    openWithTimeout(deps, request, async (answer) => ({
      status: answer.statusCode,
      retryAfter: toHeaders(answer.headers)["retry-after"],
      text: await readBounded(answer.body, about),
    }));
  let answer = await ask();
  if (answer.status === 401) {
    deps.access.forget();
    answer = await ask();
  }
  const { status, text } = answer;
  if (status >= 200 && status < 300) return parseJsonText(text, about);
  throw toApiError(status, toErrorBody(text), about, answer.retryAfter);
}

type Answer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
};

/** `timeoutMs` covers all that `use` awaits: the whole answer of a request, the headers of a stream. */
async function openWithTimeout<T>(
  deps: Deps,
  request: KubernetesRequest,
  use: (answer: Dispatcher.ResponseData) => Promise<T>,
): Promise<T> {
  const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signals = [timeout.signal, ...(request.signal === undefined ? [] : [request.signal])];
  try {
    return await within(AbortSignal.any(signals), (signal) =>
      open(deps, request, signal).then(use),
    );
  } catch (error) {
    if (isKubemendError(error)) throw error;
    request.signal?.throwIfAborted();
    if (!timeout.signal.aborted) {
      throw toConnectionError(error, describeRequest(request), deps.route);
    }
    throw new KubemendError(
      "Timeout",
      `${describeRequest(request)}: no whole answer from ${deps.route} within ${timeoutMs} ms`,
      { retryable: true, cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** undici looks at the signal of a request when this has a connection: one that waits for it is left to itself. */
async function within<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const give = (): void => reject(signal.reason);
  signal.addEventListener("abort", give, { once: true });
  try {
    return await Promise.race([work(signal), promise]);
  } finally {
    // A signal that follows another is kept for as long as somebody listens.
    signal.removeEventListener("abort", give);
  }
}

async function open(
  deps: Deps,
  request: KubernetesRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { headers, tls, tlsDigest } = await deps.access.credentials();
  const body = request.body === undefined ? null : JSON.stringify(request.body);
  return send(`${deps.access.server}${request.path}${toQuery(request.query)}`, {
    method: request.method,
    dispatcher: deps.pools.get(tls, tlsDigest),
    headers: {
      ...headers,
      accept: request.accept ?? "application/json",
      "user-agent": "kubemend",
      ...(body === null ? {} : { "content-type": request.contentType ?? "application/json" }),
    },
    body,
    headersTimeout: 0,
    bodyTimeout: 0,
    signal,
  });
}
