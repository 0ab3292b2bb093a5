import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectLean } from "../../../../adapters/kubernetes/connect/lean-connection.ts";
import { startConnectProxy } from "../../../support/network/connect-proxy.ts";
import { startSocksProxy } from "../../../support/network/socks-proxy.ts";
import {
  ask,
  certificate,
  CLIENT,
  listen,
  PATH,
  readStream,
  startKubeconfigServer,
  type KubeconfigServer,
} from "./kubeconfig-server.ts";

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");

let server: KubeconfigServer;

beforeAll(async () => {
  server = await startKubeconfigServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe("certificates", () => {
  it("expects the name of tls-server-name", async () => {
    expect(await ask(await server.connect())).toBe("");
    await expect(ask(await server.connect({ "tls-server-name": undefined }))).rejects.toMatchObject(
      {
        code: "Unreachable",
        retryable: false,
        message: expect.stringContaining("tls-server-name"),
      },
    );
  });

  it("trusts only the authority of its kubeconfig, from a file or inline, or anything if the kubeconfig says so", async () => {
    const data = readFileSync(certificate("ca.pem")).toString("base64");
    const none = { "certificate-authority": undefined };
    expect(await ask(await server.connect({ ...none, "certificate-authority-data": data }))).toBe(
      "",
    );
    await expect(ask(await server.connect(none))).rejects.toMatchObject({
      code: "Unreachable",
      retryable: false,
      message: expect.stringContaining("certificate-authority"),
    });
    const insecure = { ...none, "tls-server-name": undefined, "insecure-skip-tls-verify": true };
    expect(await ask(await server.connect(insecure))).toBe("");
  });

  it("presents its client certificate, from files or inline, for requests and streams", async () => {
    const inPlace = {
      "client-certificate-data": readFileSync(certificate("client.pem")).toString("base64"),
      "client-key-data": readFileSync(certificate("client.key")).toString("base64"),
    };
    expect(await ask(await server.connect({}, CLIENT))).toBe("tester");
    const client = await server.connect({}, inPlace);
    expect(await ask(client)).toBe("tester");
    expect(await readStream(client)).toBe('"tester"');
  });
});

it.skipIf(!hasIpv6)(
  "supports IPv6, also through a proxy and in the functions' connection",
  async () => {
    const six = await listen("::1");
    try {
      const address = `[::1]:${(six.address() as AddressInfo).port}`;
      const cluster = { server: `https://${address}` };
      expect(await ask(await server.connect(cluster, { token: "six" }))).toBe("Bearer six");
      await using proxy = await startConnectProxy({ host: "::1" });
      const proxied = { ...cluster, "proxy-url": `http://127.0.0.1:${proxy.port}` };
      expect(await ask(await server.connect(proxied, { token: "six" }))).toBe("Bearer six");
      expect(proxy.tunnels).toEqual([address]);
      await using socks = await startSocksProxy({ host: "::1" });
      const tunnelled = { ...cluster, "proxy-url": `socks5://127.0.0.1:${socks.port}` };
      expect(await ask(await server.connect(tunnelled, { token: "six" }))).toBe("Bearer six");
      expect(socks.tunnels).toEqual([address]);
      const lean = await connectLean({ kubeconfig: server.writeConfig(cluster, { token: "six" }) });
      expect(await ask(lean)).toBe("Bearer six");
      await lean.close();
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
  const client = await server.connect(to(address));
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

it("keeps its connections after deletions with preconditions", async () => {
  const client = await server.connect();
  const before = server.connections();
  const body = { preconditions: { uid: "1" } };
  for (let count = 0; count < 10; count += 1) {
    await client.request({ method: "DELETE", path: PATH, body });
  }
  // One may not be free yet when the next request begins.
  expect(server.connections() - before).toBeLessThan(4);
});

it("reports a name that cannot be resolved, as a temporary failure", async () => {
  const client = await server.connect({ server: "https://nowhere.invalid" });
  await expect(ask(client)).rejects.toMatchObject({ code: "Unreachable", retryable: true });
});
