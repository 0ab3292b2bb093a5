import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { describeError, KubemendError } from "../../core/errors.ts";

export type HealthServer = AsyncDisposable & { readonly port: number };

/** A watch in `/readyz`. */
export type Readiness = {
  readonly watch: string;
  readonly state: string;
  readonly ready: boolean;
};

/**
 * Serves /healthz (the process is alive), /readyz (each watch has had a snapshot or is known to be absent; 503 with a list until then)
 * and /metrics. Throws `InvalidConfiguration` if it cannot listen on the address.
 */
export async function serveHealth(
  address: { readonly host: string; readonly port: number },
  deps: { readonly registry: Registry; readonly readiness: () => readonly Readiness[] },
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").replace(/\?.*$/s, "");
    answer(path, deps).then(
      ({ status, type, text }) => response.writeHead(status, { "content-type": type }).end(text),
      (error: unknown) => response.writeHead(500).end(describeError(error)),
    );
  });
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Answer = { readonly status: number; readonly type: string; readonly text: string };

async function answer(path: string, deps: Parameters<typeof serveHealth>[1]): Promise<Answer> {
  const type = "text/plain; charset=utf-8";
  switch (path) {
    case "/healthz":
      return { status: 200, type, text: "ok\n" };
    case "/readyz": {
      const waiting = deps.readiness().filter(({ ready }) => !ready);
      if (waiting.length === 0) return { status: 200, type, text: "ok\n" };
      const lines = waiting.map(({ watch, state }) => `${watch}: ${state}\n`);
      return { status: 503, type, text: `not ready:\n${lines.join("")}` };
    }
    case "/metrics":
      return { status: 200, type: deps.registry.contentType, text: await deps.registry.metrics() };
    default:
      return { status: 404, type, text: "not found; served are /healthz, /readyz and /metrics\n" };
  }
}

async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (error) {
    throw new KubemendError(
      "InvalidConfiguration",
      `--listen ${host}:${port}: ${describeError(error)}`,
      { retryable: false, cause: error },
    );
  }
}
