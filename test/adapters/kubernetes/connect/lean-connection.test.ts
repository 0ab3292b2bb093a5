import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { connectLean } from "../../../../adapters/kubernetes/connect/lean-connection.ts";

const CERTIFICATES = join(import.meta.dirname, "certificates");
const PATH = "/api/v1/pods";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
type Fields = Readonly<Record<string, unknown>>;

function readCertificate(name: string): Buffer {
  return readFileSync(join(CERTIFICATES, name));
}

function reply(status: number, body: string): Answer {
  return (_request, response) => response.writeHead(status).end(body);
}

describe("connectLean", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-lean-"));
  const clients: KubernetesClient[] = [];
  let server: Server;
  let connections = 0;
  let answer: Answer;

  beforeAll(async () => {
    server = createServer(
      {
        cert: readCertificate("server.pem"),
        key: readCertificate("server.key"),
        ca: readCertificate("ca.pem"),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => answer(request, response),
    );
    server.on("secureConnection", () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  beforeEach(() => {
    connections = 0;
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function connect(cluster: Fields = {}, user: Fields = {}): Promise<KubernetesClient> {
    const { port } = server.address() as AddressInfo;
    const path = join(folder, "config");
    writeFileSync(
      path,
      JSON.stringify({
        "current-context": "main",
        clusters: [
          {
            name: "c",
            cluster: {
              server: `https://127.0.0.1:${port}/k8s/clusters/c-1/`,
              "certificate-authority": join(CERTIFICATES, "ca.pem"),
              "tls-server-name": "api.example",
              ...cluster,
            },
          },
        ],
        contexts: [{ name: "main", context: { cluster: "c", user: "u" } }],
        users: [{ name: "u", user }],
      }),
    );
    const client = await connectLean({ kubeconfig: path });
    clients.push(client);
    return client;
  }

  it("keeps the path of the server's address, and reuses its connection", async () => {
    const client = await connect();
    const urls: (string | undefined)[] = [];
    answer = (request, response) => {
      urls.push(request.url);
      response.end("{}");
    };
    await client.request({ method: "GET", path: PATH, query: { limit: 5, watch: undefined } });
    await client.request({ method: "GET", path: PATH, query: { labelSelector: "a=b,c" } });
    expect(urls).toEqual([
      "/k8s/clusters/c-1/api/v1/pods?limit=5",
      "/k8s/clusters/c-1/api/v1/pods?labelSelector=a%3Db%2Cc",
    ]);
    expect(connections).toBe(1);
  });

  it("presents its client certificate", async () => {
    const client = await connect(
      {},
      {
        "client-certificate": join(CERTIFICATES, "client.pem"),
        "client-key": join(CERTIFICATES, "client.key"),
      },
    );
    answer = (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      response.end(JSON.stringify({ name: subject?.CN }));
    };
    expect(await client.request({ method: "GET", path: PATH })).toEqual({ name: "tester" });
  });

  it("reads a token file again for each request", async () => {
    const file = join(folder, "token");
    writeFileSync(file, "first\n");
    const client = await connect({}, { tokenFile: file });
    answer = (request, response) => {
      response.end(JSON.stringify(request.headers.authorization));
    };
    expect(await client.request({ method: "GET", path: PATH })).toBe("Bearer first");
    writeFileSync(file, "second\n");
    expect(await client.request({ method: "GET", path: PATH })).toBe("Bearer second");
    rmSync(file);
    await expect(client.request({ method: "GET", path: PATH })).rejects.toMatchObject({
      code: "InvalidConfiguration",
    });
  });

  it.each([
    [{ "certificate-authority": undefined }, /not trusted .*certificate-authority/],
    [{ "tls-server-name": undefined }, /ERR_TLS_CERT_ALTNAME_INVALID.*tls-server-name/],
  ])("does not trust a certificate that does not match: %j", async (cluster, message) => {
    answer = reply(200, "{}");
    const client = await connect(cluster);
    await expect(client.request({ method: "GET", path: PATH })).rejects.toMatchObject({
      code: "Unreachable",
      retryable: false,
      message: expect.stringMatching(message),
    });
  });

  it("trusts any certificate if the kubeconfig says so", async () => {
    answer = reply(200, "{}");
    const client = await connect({
      "certificate-authority": undefined,
      "insecure-skip-tls-verify": true,
    });
    expect(await client.request({ method: "GET", path: PATH })).toEqual({});
  });

  it("sends a request once more if a kept connection was closed meanwhile", async () => {
    const client = await connect();
    let served = 0;
    answer = (request, response) => {
      served += 1;
      if (served === 2) request.socket.destroy();
      else response.end(JSON.stringify(served));
    };
    expect(await client.request({ method: "GET", path: PATH })).toBe(1);
    expect(await client.request({ method: "POST", path: PATH, body: {} })).toBe(3);
    expect(connections).toBe(2);
  });

  it("reports that nothing answers, as a temporary failure", async () => {
    const client = await connect({ server: "https://127.0.0.1:9" });
    await expect(client.request({ method: "GET", path: PATH })).rejects.toMatchObject({
      code: "Unreachable",
      retryable: true,
      message: expect.stringContaining("https://127.0.0.1:9 (ECONNREFUSED)"),
    });
  });

  it("treats an answer that is not JSON as a temporary failure in between", async () => {
    answer = reply(200, "<html>");
    const client = await connect();
    await expect(client.request({ method: "GET", path: PATH })).rejects.toMatchObject({
      code: "Unavailable",
      retryable: true,
    });
  });
});
