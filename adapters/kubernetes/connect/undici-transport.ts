import { Agent, Pool, ProxyAgent, request as send, type Dispatcher } from "undici";
import type { Transport, WireAnswer, WireRequest } from "../http/transport.ts";
import type { KubeConfigAccess, TlsSettings } from "./kubeconfig-access.ts";
import { createSocksConnector } from "./socks-connector.ts";

const CONNECT_TIMEOUT_MS = 10_000;
/** Below the 60 s after which load balancers drop a quiet connection. */
const KEEP_ALIVE_PROBE_MS = 30_000;

/**
 * Transport on undici with everything that a kubeconfig can name: the client library supplies the credentials.
 * Connections are kept and shared; a stream has one of its own. If the certificates change, a new pool is opened and the old one
 * ends with its last request.
 */
export function createUndiciTransport(access: KubeConfigAccess): Transport {
  const pools = createPools(access);
  const description = describeRoute(access);
  return {
    server: () => access.server,
    open: async () => ({
      description,
      send: (request, signal) => sendRequest(access, pools, request, signal),
      invalidate: access.invalidate,
    }),
    close: () => pools.close(),
  };
}

function describeRoute({ server, proxyUrl }: KubeConfigAccess): string {
  if (proxyUrl === undefined) return server;
  const { protocol, host } = new URL(proxyUrl);
  return `${server} through the proxy ${protocol}//${host}`;
}

async function sendRequest(
  access: KubeConfigAccess,
  pools: Pools,
  request: WireRequest,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const { headers, tls, tlsDigest } = await access.credentials();
  const answer = await send(`${access.server}${request.target}`, {
    method: request.method,
    dispatcher: pools.get(tls, tlsDigest),
    headers: { ...headers, ...request.headers },
    body: request.body ?? null,
    // undici would end the connection after a DELETE with preconditions, because some servers do not read its body. Go's does.
    reset: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    signal,
  });
  // A body that is destroyed unread emits an error; a reader gets the same error from reading.
  answer.body.on("error", () => {});
  return { status: answer.statusCode, headers: answer.headers, body: answer.body };
}

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
  // `tls` is for the API server: a proxy with an https:// address is trusted by the machine's own authorities.
  const proxyTls = { allowH2: false, timeout: CONNECT_TIMEOUT_MS };
  return new ProxyAgent({
    ...options,
    uri: access.proxyUrl,
    requestTls: connect,
    proxyTls,
    // The proxy's answer to CONNECT is part of connecting.
    clientFactory: (proxy, settings) =>
      new Pool(proxy, { ...settings, headersTimeout: CONNECT_TIMEOUT_MS }),
  });
}
