import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";

/** Forwards a request to the API server, or cuts its connection. */
export type Passage = "forward" | "cut";
/** Called with each request before it is forwarded, with its number from 1; the request waits for the result. */
export type Intercept = (count: number, line: string) => Promise<Passage> | Passage;

/** An HTTP server on loopback in front of an API server, which sees requests and may hold them. Credentials are passed on. */
export type ApiProxy = AsyncDisposable & {
  readonly server: string;
  /** `METHOD path` of each request since `intercept`, without the requests that are made once per process. */
  readonly requests: readonly string[];
  /** Sets the interceptor; numbering starts at 1 again. */
  readonly intercept: (intercept?: Intercept) => void;
  /** Cuts every connection until `reconnect`, as if no server were listening. */
  readonly disconnect: () => void;
  readonly reconnect: () => void;
  /** Resolves when the API server has answered every request that was forwarded, also those whose clients are gone. */
  readonly settled: () => Promise<void>;
};

/** Discovery, and the cluster's uid. */
const ONCE_A_PROCESS = new Set(["/api", "/apis", "/api/v1/namespaces/kube-system"]);

export async function startApiProxy(target: {
  readonly server: string;
  readonly caFile: string;
}): Promise<ApiProxy> {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(target.caFile) });
  const requests: string[] = [];
  let intercept: Intercept | undefined;
  let isDisconnected = false;
  const passing = new Set<Promise<void>>();
  const listener = createServer((asked, answer) => {
    const passed = pass(asked, answer)
      .catch(() => void answer.destroy())
      .finally(() => passing.delete(passed));
    passing.add(passed);
  });
  const pass = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    if (isDisconnected) return void asked.socket.destroy();
    const path = (asked.url ?? "").split("?")[0] ?? "";
    // A held request arrives whole, even if its client is suspended or killed meanwhile.
    const body = await readAll(asked);
    if (!ONCE_A_PROCESS.has(path)) {
      const line = `${asked.method} ${path}`;
      requests.push(line);
      const passage = await intercept?.(requests.length, line);
      if (passage === "cut") return void asked.socket.destroy();
    }
    await forward(agent, target.server, asked, body, answer);
  };
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    server: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    requests,
    intercept(next) {
      requests.length = 0;
      intercept = next;
    },
    disconnect() {
      isDisconnected = true;
      listener.closeAllConnections();
    },
    reconnect() {
      isDisconnected = false;
    },
    settled: async () => void (await Promise.all(passing)),
    async [Symbol.asyncDispose]() {
      listener.close();
      listener.closeAllConnections();
      agent.destroy();
    },
  };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function forward(
  agent: Agent,
  server: string,
  asked: IncomingMessage,
  body: Buffer,
  answer: ServerResponse,
): Promise<void> {
  const { host: _host, connection: _connection, ...headers } = asked.headers;
  const sent = request(`${server}${asked.url}`, { agent, method: asked.method, headers });
  sent.end(body);
  const [answered] = (await once(sent, "response")) as [IncomingMessage];
  const text = await readAll(answered);
  const { "transfer-encoding": _encoding, ...rest } = answered.headers;
  answer.writeHead(answered.statusCode ?? 502, { ...rest, "content-length": text.length });
  answer.end(text);
}
