import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import {
  createServer as createPlainServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer, type Server } from "node:https";
import { networkInterfaces } from "node:os";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { connectLean } from "../../../../adapters/kubernetes/connect/lean-connection.ts";
import { startConnectProxy } from "../../../support/network/connect-proxy.ts";
import { startSocksProxy } from "../../../support/network/socks-proxy.ts";
import { temporaryFolder } from "../../../support/host/temporary-folder.ts";

const CERTIFICATES = join(import.meta.dirname, "certificates");
const PATH = "/api/v1/pods";
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");

type Fields = Readonly<Record<string, unknown>>;

const certificate = (name: string): string => join(CERTIFICATES, name);
const CLIENT = {
  "client-certificate": certificate("client.pem"),
  "client-key": certificate("client.key"),
};

/** Describes the caller: the name in the client's certificate, and the token. */
function describeCaller(request: IncomingMessage): string {
  const { subject } = (request.socket as TLSSocket).getPeerCertificate();
  return [subject?.CN, request.headers.authorization].filter(Boolean).join(" ");
}

describe("connectKubeConfig", () => {
  const folder = temporaryFolder();
  const clients: KubernetesClient[] = [];
  let server: Server;
  let port: number;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  const listen = async (host: string): Promise<Server> => {
    const started = createServer(
      {
        cert: readFileSync(certificate("server.pem")),
        key: readFileSync(certificate("server.key")),
        ca: readFileSync(certificate("ca.pem")),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => answer(request, response),
    );
    await new Promise<void>((resolve) => started.listen(0, host, resolve));
    return started;
  };

  beforeAll(async () => {
    server = await listen("127.0.0.1");
    port = (server.address() as AddressInfo).port;
  });

  beforeEach(() => {
    answer = (request, response) => response.end(JSON.stringify(describeCaller(request)));
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    server.closeAllConnections();
    server.close();
    folder[Symbol.dispose]();
  });

  let configs = 0;
  function writeConfig(cluster: Fields = {}, user: Fields = {}): string {
    configs += 1;
    const path = join(folder.path, `config-${configs}`);
    const config = {
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
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  async function connect(
    cluster: Fields = {},
    user: Fields = {},
    environment: Readonly<Record<string, string>> = {},
  ): Promise<KubernetesClient> {
    const kubeconfig = writeConfig(cluster, user);
    const client = await connectKubeConfig({ kubeconfig, environment });
    clients.push(client);
    return client;
  }

  const ask = (client: KubernetesClient): Promise<unknown> =>
    client.request({ method: "GET", path: PATH });

  async function readStream(client: KubernetesClient): Promise<string> {
    const { body } = await client.stream({ method: "GET", path: PATH });
    return (await body.toArray()).join("");
  }

  describe("proxies", () => {
    it("connects through the proxy of its kubeconfig, with the user that the proxy's address names", async () => {
      await using proxy = await startConnectProxy();
      const client = await connect(
        { "proxy-url": `http://relay:secret@127.0.0.1:${proxy.port}` },
        CLIENT,
      );
      expect(await ask(client)).toBe("tester");
      expect(await readStream(client)).toBe('"tester"');
      expect(new Set(proxy.tunnels)).toEqual(new Set([`relay:secret@127.0.0.1:${port}`]));
    });

    it("connects through the proxy of the environment, which resolves the server's name", async () => {
      await using proxy = await startConnectProxy();
      const client = await connect(
        { server: `https://api.example:${port}`, "tls-server-name": undefined },
        { token: "t" },
        { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
      );
      expect(await ask(client)).toBe("Bearer t");
      expect(proxy.tunnels).toEqual([`api.example:${port}`]);
    });

    it("prefers the proxy of its kubeconfig to that of the environment", async () => {
      await using proxy = await startConnectProxy();
      const client = await connect(
        { "proxy-url": `http://127.0.0.1:${proxy.port}` },
        {},
        { HTTPS_PROXY: "http://127.0.0.1:9" },
      );
      expect(await ask(client)).toBe("");
    });

    it("uses no proxy of the environment if NO_PROXY names the server, or for this machine", async () => {
      await using proxy = await startConnectProxy();
      const HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`;
      expect(await ask(await connect({}, { token: "t" }, { HTTPS_PROXY }))).toBe("Bearer t");
      const excepted = await connect(
        { server: "https://nowhere.invalid" },
        {},
        {
          HTTPS_PROXY,
          NO_PROXY: ".invalid",
        },
      );
      await expect(ask(excepted)).rejects.toMatchObject({ code: "Unreachable", retryable: true });
      expect(proxy.tunnels).toEqual([]);
    });

    it("reports that the proxy refuses, and tries again later", async () => {
      await using proxy = await startConnectProxy({ refuse: 403 });
      const client = await connect({ "proxy-url": `http://127.0.0.1:${proxy.port}` });
      await expect(ask(client)).rejects.toMatchObject({
        code: "Unreachable",
        retryable: true,
        message: expect.stringContaining(`through the proxy http://127.0.0.1:${proxy.port}`),
      });
    });

    it("refuses an address that cannot be a proxy's", async () => {
      await expect(connect({ "proxy-url": "ftp://127.0.0.1" })).rejects.toMatchObject({
        code: "InvalidConfiguration",
        message: expect.stringContaining("proxy-url of the kubeconfig"),
      });
    });
  });

  describe("a SOCKS proxy", () => {
    const UNKNOWN = { "tls-server-name": "api.example" };

    it.each(["socks5", "socks5h"])(
      "with %s:// resolves the server's name, and forwards requests and streams",
      async (scheme) => {
        await using proxy = await startSocksProxy();
        const client = await connect(
          {
            ...UNKNOWN,
            server: `https://nowhere.invalid:${port}`,
            "proxy-url": `${scheme}://127.0.0.1:${proxy.port}`,
          },
          CLIENT,
        );
        expect(await ask(client)).toBe("tester");
        expect(await readStream(client)).toBe('"tester"');
        expect(new Set(proxy.tunnels)).toEqual(new Set([`nowhere.invalid:${port}`]));
        expect(proxy.relayed()).toBeGreaterThan(0);
      },
    );

    it("receives user and password, whatever their characters", async () => {
      await using proxy = await startSocksProxy({ user: "relay:p@ss:ö" });
      const user = `relay:${encodeURIComponent("p@ss:ö")}`;
      const client = await connect({ "proxy-url": `socks5://${user}@127.0.0.1:${proxy.port}` });
      expect(await ask(client)).toBe("");
      expect(proxy.tunnels).toEqual([`relay:p@ss:ö@127.0.0.1:${port}`]);
    });

    it("may come from the environment, also for an http:// server", async () => {
      await using proxy = await startSocksProxy();
      const HTTPS_PROXY = `socks5://127.0.0.1:${proxy.port}`;
      const server = `https://nowhere.invalid:${port}`;
      expect(await ask(await connect({ ...UNKNOWN, server }, {}, { HTTPS_PROXY }))).toBe("");
      const plain = createPlainServer((_request, response) => response.end('"plain"'));
      await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
      const plainPort = (plain.address() as AddressInfo).port;
      const client = await connect(
        { server: `http://nowhere.invalid:${plainPort}` },
        {},
        { HTTP_PROXY: HTTPS_PROXY },
      );
      expect([await ask(client), await readStream(client)]).toEqual(["plain", '"plain"']);
      plain.closeAllConnections();
      plain.close();
      expect(new Set(proxy.tunnels)).toEqual(
        new Set([`nowhere.invalid:${port}`, `nowhere.invalid:${plainPort}`]),
      );
    });

    it.each([
      ["a wrong password", "relay:wrong@", {}, "Authentication failed"],
      ["no password", "", {}, "no accepted authentication type"],
      ["a target that it refuses", "relay:secret@", { refuse: 2 }, "NotAllowed"],
    ])("that refuses %s is named, and used again later", async (_what, user, options, reason) => {
      await using proxy = await startSocksProxy({ user: "relay:secret", ...options });
      const address = `127.0.0.1:${proxy.port}`;
      const client = await connect({ "proxy-url": `socks5://${user}${address}` });
      const refused = await ask(client).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "Unreachable", retryable: true });
      const printed = inspect(refused, { depth: 10 });
      expect(printed).toContain(`through the proxy socks5://${address}`);
      expect(printed).toContain(reason);
      expect(printed).not.toMatch(/wrong|secret/);
    });

    it("that cannot be reached is named", async () => {
      const absent = await connect({ "proxy-url": "socks5://127.0.0.1:1" });
      await expect(ask(absent)).rejects.toMatchObject({
        code: "Unreachable",
        retryable: true,
        message: expect.stringMatching(
          /through the proxy socks5:\/\/127\.0\.0\.1:1 .*ECONNREFUSED/,
        ),
      });
    });

    it("still presents the server's own certificate", async () => {
      await using proxy = await startSocksProxy();
      const client = await connect({
        "tls-server-name": undefined,
        "proxy-url": `socks5://127.0.0.1:${proxy.port}`,
      });
      await expect(ask(client)).rejects.toMatchObject({
        code: "Unreachable",
        retryable: false,
        message: expect.stringContaining("tls-server-name"),
      });
    });
  });

  describe("certificates", () => {
    it("expects the name of tls-server-name", async () => {
      expect(await ask(await connect())).toBe("");
      await expect(ask(await connect({ "tls-server-name": undefined }))).rejects.toMatchObject({
        code: "Unreachable",
        retryable: false,
        message: expect.stringContaining("tls-server-name"),
      });
    });

    it("trusts only the authority of its kubeconfig, from a file or inline, or anything if the kubeconfig says so", async () => {
      const data = readFileSync(certificate("ca.pem")).toString("base64");
      const none = { "certificate-authority": undefined };
      expect(await ask(await connect({ ...none, "certificate-authority-data": data }))).toBe("");
      await expect(ask(await connect(none))).rejects.toMatchObject({
        code: "Unreachable",
        retryable: false,
        message: expect.stringContaining("certificate-authority"),
      });
      const insecure = { ...none, "tls-server-name": undefined, "insecure-skip-tls-verify": true };
      expect(await ask(await connect(insecure))).toBe("");
    });

    it("presents its client certificate, from files or inline, for requests and streams", async () => {
      const inPlace = {
        "client-certificate-data": readFileSync(certificate("client.pem")).toString("base64"),
        "client-key-data": readFileSync(certificate("client.key")).toString("base64"),
      };
      expect(await ask(await connect({}, CLIENT))).toBe("tester");
      const client = await connect({}, inPlace);
      expect(await ask(client)).toBe("tester");
      expect(await readStream(client)).toBe('"tester"');
    });
  });

  describe("tokens", () => {
    it("reads a token file again after a 401, and repeats the request", async () => {
      const tokenFile = join(folder.path, "token");
      writeFileSync(tokenFile, "first\n");
      const client = await connect({}, { tokenFile });
      expect(await ask(client)).toBe("Bearer first");
      writeFileSync(tokenFile, "second\n");
      answer = (request, response) => {
        const known = request.headers.authorization === "Bearer second";
        response.writeHead(known ? 200 : 401).end(JSON.stringify(describeCaller(request)));
      };
      expect(await ask(client)).toBe("Bearer second");
    });

    it("reads it again for the stream after the one that was refused", async () => {
      const tokenFile = join(folder.path, "stream-token");
      writeFileSync(tokenFile, "first");
      const client = await connect({}, { tokenFile });
      answer = (request, response) => {
        const known = request.headers.authorization === "Bearer second";
        response.writeHead(known ? 200 : 401).end(JSON.stringify(describeCaller(request)));
      };
      const path = { method: "GET", path: PATH } as const;
      const refused = await client.stream(path);
      refused.body.destroy();
      expect(refused.status).toBe(401);
      writeFileSync(tokenFile, "second");
      expect(await readStream(client)).toBe('"Bearer second"');
    });
  });

  describe("exec credentials", () => {
    /** A plugin that counts its runs. */
    function plugin(status: string): Fields {
      configs += 1;
      const command = join(folder.path, `plugin-${configs}`);
      const counter = `${command}-runs`;
      const script = `#!/bin/sh
printf x >> "${counter}"
runs=$(wc -c < "${counter}" | tr -d ' ')
cat <<END
{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":${status}}
END
`;
      writeFileSync(command, script);
      chmodSync(command, 0o755);
      const apiVersion = "client.authentication.k8s.io/v1";
      return { exec: { apiVersion, command, interactiveMode: "Never" } };
    }

    it("are requested once, and again when they have expired", async () => {
      const lasting = await connect({}, plugin('{"token":"run-$runs"}'));
      expect([await ask(lasting), await ask(lasting)]).toEqual(["Bearer run-1", "Bearer run-1"]);
      const expired = plugin('{"token":"run-$runs","expirationTimestamp":"2020-01-01T00:00:00Z"}');
      const client = await connect({}, expired);
      expect([await ask(client), await ask(client)]).toEqual(["Bearer run-1", "Bearer run-2"]);
    });

    it("are requested again after a 401, whatever their expiry", async () => {
      const status = '{"token":"run-$runs","expirationTimestamp":"2999-01-01T00:00:00Z"}';
      const client = await connect({}, plugin(status));
      expect(await ask(client)).toBe("Bearer run-1");
      answer = (request, response) => {
        const known = request.headers.authorization === "Bearer run-2";
        response.writeHead(known ? 200 : 401).end(JSON.stringify(describeCaller(request)));
      };
      expect(await ask(client)).toBe("Bearer run-2");
    });

    it("may be a client certificate", async () => {
      const pem = (name: string): string =>
        JSON.stringify(readFileSync(certificate(name), "utf8")).replaceAll("\\n", "\\\\n");
      const status = `{"clientCertificateData":${pem("client.pem")},"clientKeyData":${pem("client.key")}}`;
      expect(await ask(await connect({}, plugin(status)))).toBe("tester");
    });

    it("that cannot be obtained are reported with the plugin's own message, and requested again", async () => {
      const command = join(folder.path, "broken-plugin");
      writeFileSync(command, "#!/bin/sh\necho 'the SSO session has expired' >&2\nexit 3\n");
      chmodSync(command, 0o755);
      const exec = { apiVersion: "client.authentication.k8s.io/v1", command };
      const client = await connect({}, { exec });
      await expect(ask(client)).rejects.toMatchObject({
        code: "Unauthorized",
        retryable: true,
        message: expect.stringContaining("the SSO session has expired"),
      });
    });
  });

  it.skipIf(!hasIpv6)(
    "supports IPv6, also through a proxy and in the functions' connection",
    async () => {
      const six = await listen("::1");
      try {
        const address = `[::1]:${(six.address() as AddressInfo).port}`;
        const cluster = { server: `https://${address}` };
        expect(await ask(await connect(cluster, { token: "six" }))).toBe("Bearer six");
        await using proxy = await startConnectProxy({ host: "::1" });
        const proxied = { ...cluster, "proxy-url": `http://127.0.0.1:${proxy.port}` };
        expect(await ask(await connect(proxied, { token: "six" }))).toBe("Bearer six");
        expect(proxy.tunnels).toEqual([address]);
        await using socks = await startSocksProxy({ host: "::1" });
        const tunnelled = { ...cluster, "proxy-url": `socks5://127.0.0.1:${socks.port}` };
        expect(await ask(await connect(tunnelled, { token: "six" }))).toBe("Bearer six");
        expect(socks.tunnels).toEqual([address]);
        const lean = await connectLean({ kubeconfig: writeConfig(cluster, { token: "six" }) });
        clients.push(lean);
        expect(await ask(lean)).toBe("Bearer six");
      } finally {
        six.closeAllConnections();
        six.close();
      }
    },
  );

  it.each([
    ["a server", (silent: string) => ({ server: `https://${silent}` })],
    ["a proxy", (silent: string) => ({ "proxy-url": `http://${silent}` })],
    ["a SOCKS proxy", (silent: string) => ({ "proxy-url": `socks5://${silent}` })],
  ])("times out on %s that accepts the connection and never answers", async (_, to) => {
    const sockets = new Set<Socket>();
    const silent = createTcpServer((socket) => sockets.add(socket.on("error", () => {})));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const client = await connect(to(address));
    const startedAt = performance.now();
    const asked = { method: "GET", path: PATH, timeoutMs: 200 } as const;
    const timeout = {
      code: "Timeout",
      retryable: true,
      message: expect.stringContaining(address),
    };
    await expect(client.request(asked)).rejects.toMatchObject(timeout);
    await expect(client.stream(asked)).rejects.toMatchObject(timeout);
    const stopped = client.request({ ...asked, signal: AbortSignal.timeout(100) });
    await expect(stopped).rejects.toMatchObject({ name: "TimeoutError" });
    expect(performance.now() - startedAt).toBeLessThan(3000);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it("reports a name that cannot be resolved, as a temporary failure", async () => {
    const client = await connect({ server: "https://nowhere.invalid" });
    await expect(ask(client)).rejects.toMatchObject({ code: "Unreachable", retryable: true });
  });
});
