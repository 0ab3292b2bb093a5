import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { temporaryFolder } from "../../../support/host/temporary-folder.ts";

/** Where `ask` and `readStream` ask. */
export const PATH = "/api/v1/pods";
const CERTIFICATES = join(import.meta.dirname, "certificates");

export type Fields = Readonly<Record<string, unknown>>;
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** The path of a file in `certificates/`. */
export const certificate = (name: string): string => join(CERTIFICATES, name);
/** A user with a client certificate. */
export const CLIENT: Fields = {
  "client-certificate": certificate("client.pem"),
  "client-key": certificate("client.key"),
};

/** Describes the caller: the name in the client's certificate, and the token. */
function describeCaller(request: IncomingMessage): string {
  const { subject } = (request.socket as TLSSocket).getPeerCertificate();
  return [subject?.CN, request.headers.authorization].filter(Boolean).join(" ");
}

export type KubeconfigServer = AsyncDisposable & {
  /** Where its kubeconfigs are written, and a test may write files of its own. */
  readonly folder: string;
  readonly port: number;
  /** The number of connections that were opened so far. */
  readonly connections: () => number;
  /** Has the server answer 401 to everything without this header. */
  readonly accept: (authorization: string) => void;
  /** Has the server accept everyone again. */
  readonly reset: () => void;
  /** A kubeconfig of the server; the fields given replace those of its cluster and user. */
  readonly writeConfig: (cluster?: Fields, user?: Fields) => string;
  /** A client by such a kubeconfig, which is closed with the server. */
  readonly connect: (
    cluster?: Fields,
    user?: Fields,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<KubernetesClient>;
};

const answerWithCaller: Answer = (request, response) =>
  void response.end(JSON.stringify(describeCaller(request)));

/** An HTTPS server on the host that asks for a client certificate, and accepts callers without one. */
export async function listen(host: string, answer: Answer = answerWithCaller): Promise<Server> {
  const started = createServer(
    {
      cert: readFileSync(certificate("server.pem")),
      key: readFileSync(certificate("server.key")),
      ca: readFileSync(certificate("ca.pem")),
      requestCert: true,
      rejectUnauthorized: false,
    },
    answer,
  );
  await new Promise<void>((resolve) => started.listen(0, host, resolve));
  return started;
}

/** An HTTPS server on this machine that answers who its caller is. */
export async function startKubeconfigServer(): Promise<KubeconfigServer> {
  const folder = temporaryFolder();
  const clients: KubernetesClient[] = [];
  let answer = answerWithCaller;
  const server = await listen("127.0.0.1", (request, response) => answer(request, response));
  const { port } = server.address() as AddressInfo;
  let configs = 0;
  let connections = 0;
  server.on("secureConnection", () => (connections += 1));

  function writeConfig(cluster: Fields = {}, user: Fields = {}): string {
    configs += 1;
    const path = join(folder.path, `config-${configs}`);
    writeFileSync(path, JSON.stringify(toKubeconfig(port, cluster, user)));
    return path;
  }

  return {
    folder: folder.path,
    port,
    writeConfig,
    connections: () => connections,
    accept(authorization: string) {
      answer = (request, response) => {
        const known = request.headers.authorization === authorization;
        response.writeHead(known ? 200 : 401).end(JSON.stringify(describeCaller(request)));
      };
    },
    reset() {
      answer = answerWithCaller;
    },
    async connect(
      cluster: Fields = {},
      user: Fields = {},
      environment: Readonly<Record<string, string>> = {},
    ): Promise<KubernetesClient> {
      const kubeconfig = writeConfig(cluster, user);
      const client = await connectKubeConfig({ kubeconfig, environment });
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      server.close();
      folder[Symbol.dispose]();
    },
  };
}

function toKubeconfig(port: number, cluster: Fields, user: Fields): Fields {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "main",
    clusters: [
      {
        name: "c",
        cluster: {
          server: `https://127.0.0.1:${port}`,
          "certificate-authority": certificate("ca.pem"),
          "tls-server-name": "api.example",
          ...cluster,
        },
      },
    ],
    contexts: [{ name: "main", context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user }],
  };
}

export const ask = (client: KubernetesClient): Promise<unknown> =>
  client.request({ method: "GET", path: PATH });

export async function readStream(client: KubernetesClient): Promise<string> {
  const { body } = await client.stream({ method: "GET", path: PATH });
  return (await body.toArray()).join("");
}
