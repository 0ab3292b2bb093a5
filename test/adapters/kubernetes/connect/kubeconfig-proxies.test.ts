import { createServer as createPlainServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startConnectProxy } from "../../../support/network/connect-proxy.ts";
import { startSocksProxy } from "../../../support/network/socks-proxy.ts";
import {
  ask,
  CLIENT,
  readStream,
  startKubeconfigServer,
  type KubeconfigServer,
} from "./kubeconfig-server.ts";

let server: KubeconfigServer;

beforeAll(async () => {
  server = await startKubeconfigServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe("an HTTP proxy", () => {
  it("connects through the proxy of its kubeconfig, with the user that the proxy's address names", async () => {
    await using proxy = await startConnectProxy();
    const client = await server.connect(
      { "proxy-url": `http://relay:secret@127.0.0.1:${proxy.port}` },
      CLIENT,
    );
    expect(await ask(client)).toBe("tester");
    expect(await readStream(client)).toBe('"tester"');
    expect(new Set(proxy.tunnels)).toEqual(new Set([`relay:secret@127.0.0.1:${server.port}`]));
  });

  it("connects through the proxy of the environment, which resolves the server's name", async () => {
    await using proxy = await startConnectProxy();
    const client = await server.connect(
      { server: `https://api.example:${server.port}`, "tls-server-name": undefined },
      { token: "t" },
      { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
    );
    expect(await ask(client)).toBe("Bearer t");
    expect(proxy.tunnels).toEqual([`api.example:${server.port}`]);
  });

  it("prefers the proxy of its kubeconfig to that of the environment", async () => {
    await using proxy = await startConnectProxy();
    const client = await server.connect(
      { "proxy-url": `http://127.0.0.1:${proxy.port}` },
      {},
      { HTTPS_PROXY: "http://127.0.0.1:9" },
    );
    expect(await ask(client)).toBe("");
  });

  it("uses no proxy of the environment if NO_PROXY names the server, or for this machine", async () => {
    await using proxy = await startConnectProxy();
    const HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`;
    expect(await ask(await server.connect({}, { token: "t" }, { HTTPS_PROXY }))).toBe("Bearer t");
    const excepted = await server.connect(
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
    const client = await server.connect({ "proxy-url": `http://127.0.0.1:${proxy.port}` });
    await expect(ask(client)).rejects.toMatchObject({
      code: "Unreachable",
      retryable: true,
      message: expect.stringContaining(`through the proxy http://127.0.0.1:${proxy.port}`),
    });
  });

  it("refuses an address that cannot be a proxy's", async () => {
    await expect(server.connect({ "proxy-url": "ftp://127.0.0.1" })).rejects.toMatchObject({
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
      const client = await server.connect(
        {
          ...UNKNOWN,
          server: `https://nowhere.invalid:${server.port}`,
          "proxy-url": `${scheme}://127.0.0.1:${proxy.port}`,
        },
        CLIENT,
      );
      expect(await ask(client)).toBe("tester");
      expect(await readStream(client)).toBe('"tester"');
      expect(new Set(proxy.tunnels)).toEqual(new Set([`nowhere.invalid:${server.port}`]));
      expect(proxy.relayed()).toBeGreaterThan(0);
    },
  );

  it("receives user and password, whatever their characters", async () => {
    await using proxy = await startSocksProxy({ user: "relay:p@ss:ö" });
    const user = `relay:${encodeURIComponent("p@ss:ö")}`;
    const client = await server.connect({
      "proxy-url": `socks5://${user}@127.0.0.1:${proxy.port}`,
    });
    expect(await ask(client)).toBe("");
    expect(proxy.tunnels).toEqual([`relay:p@ss:ö@127.0.0.1:${server.port}`]);
  });

  it("may come from the environment, also for an http:// server", async () => {
    await using proxy = await startSocksProxy();
    const HTTPS_PROXY = `socks5://127.0.0.1:${proxy.port}`;
    const cluster = { ...UNKNOWN, server: `https://nowhere.invalid:${server.port}` };
    expect(await ask(await server.connect(cluster, {}, { HTTPS_PROXY }))).toBe("");
    const plain = createPlainServer((_request, response) => response.end('"plain"'));
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const plainPort = (plain.address() as AddressInfo).port;
    const client = await server.connect(
      { server: `http://nowhere.invalid:${plainPort}` },
      {},
      { HTTP_PROXY: HTTPS_PROXY },
    );
    expect([await ask(client), await readStream(client)]).toEqual(["plain", '"plain"']);
    plain.closeAllConnections();
    plain.close();
    expect(new Set(proxy.tunnels)).toEqual(
      new Set([`nowhere.invalid:${server.port}`, `nowhere.invalid:${plainPort}`]),
    );
  });

  it.each([
    ["a wrong password", "relay:wrong@", {}, "Authentication failed"],
    ["no password", "", {}, "no accepted authentication type"],
    ["a target that it refuses", "relay:secret@", { refuse: 2 }, "NotAllowed"],
  ])("that refuses %s is named, and used again later", async (_what, user, options, reason) => {
    await using proxy = await startSocksProxy({ user: "relay:secret", ...options });
    const address = `127.0.0.1:${proxy.port}`;
    const client = await server.connect({ "proxy-url": `socks5://${user}${address}` });
    const refused = await ask(client).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "Unreachable", retryable: true });
    const printed = inspect(refused, { depth: 10 });
    expect(printed).toContain(`through the proxy socks5://${address}`);
    expect(printed).toContain(reason);
    expect(printed).not.toMatch(/wrong|secret/);
  });

  it("that cannot be reached is named", async () => {
    const absent = await server.connect({ "proxy-url": "socks5://127.0.0.1:1" });
    await expect(ask(absent)).rejects.toMatchObject({
      code: "Unreachable",
      retryable: true,
      message: expect.stringMatching(/through the proxy socks5:\/\/127\.0\.0\.1:1 .*ECONNREFUSED/),
    });
  });

  it("still presents the server's own certificate", async () => {
    await using proxy = await startSocksProxy();
    const client = await server.connect({
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
