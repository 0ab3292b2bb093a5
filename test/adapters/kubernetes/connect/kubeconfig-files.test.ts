import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeConfigOptions } from "../../../../adapters/kubernetes/connect/kubeconfig-access.ts";
import { connectKubeConfig } from "../../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { connectLean } from "../../../../adapters/kubernetes/connect/lean-connection.ts";
import { mayCarryCredentials } from "../../../../adapters/kubernetes/connect/plain-http.ts";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { temporaryFolder } from "../../../support/host/temporary-folder.ts";

type Fields = Readonly<Record<string, unknown>>;

describe("the kubeconfig files that kubectl would read", () => {
  const folder = temporaryFolder();
  const clients: KubernetesClient[] = [];
  let server: Server;
  let address: string;

  beforeAll(async () => {
    // Answers with the credentials that it received.
    server = createServer((request, response) =>
      response.end(JSON.stringify(request.headers.authorization ?? "none")),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    server.closeAllConnections();
    server.close();
    folder[Symbol.dispose]();
  });

  const at = (name: string): string => join(folder.path, name);

  function toConfig(user: Fields, change: Fields = {}): Fields {
    return {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "main",
      clusters: [{ name: "c", cluster: { server: address } }],
      contexts: [{ name: "main", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user }],
      ...change,
    };
  }

  function write(name: string, document: Fields | string): string {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    writeFileSync(at(name), text);
    return at(name);
  }

  async function ask(options: KubeConfigOptions): Promise<unknown> {
    const client = await connectKubeConfig(options);
    clients.push(client);
    return client.request({ method: "GET", path: "/api" });
  }

  const askAll = (...paths: readonly string[]): Promise<unknown> =>
    ask({ environment: { KUBECONFIG: paths.join(delimiter) } });

  it("may be missing, empty, full of comments, or named twice", async () => {
    const plain = write("plain", toConfig({ token: "plain" }));
    const empty = write("empty", "");
    const comments = write("comments", "# nothing yet\n---\n");
    const bare = write("bare", "apiVersion: v1\nkind: Config\nusers: null\n");
    for (const others of [[at("missing")], [empty], [comments], [bare], [plain], [""]]) {
      expect(await askAll(...others, plain)).toBe("Bearer plain");
      expect(await askAll(plain, ...others)).toBe("Bearer plain");
    }
    expect(await ask({ kubeconfig: [at("missing"), plain].join(delimiter) })).toBe("Bearer plain");
  });

  it("are merged by name: the first file that has an entry or a current context wins, whole", async () => {
    const first = write("first", {
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "other", context: { cluster: "c", user: "second-only" } }],
    });
    const second = write(
      "second",
      toConfig(
        { token: "of the second file" },
        {
          users: [
            { name: "u", user: { token: "of the second file" } },
            { name: "second-only", user: { token: "second-only" } },
          ],
        },
      ),
    );
    expect(await askAll(first, second)).toBe("none");
    expect(await askAll(second, first)).toBe("Bearer of the second file");
    expect(
      await ask({
        environment: { KUBECONFIG: [first, second].join(delimiter) },
        context: "other",
      }),
    ).toBe("Bearer second-only");
    const current = write("current", { "current-context": "other" });
    expect(await askAll(current, first, second)).toBe("Bearer second-only");
  });

  it("have paths relative to their own folder, for token files and exec commands as well", async () => {
    mkdirSync(at("nested/bin"), { recursive: true });
    write("nested/token", "from a file\n");
    const plugin = write(
      "nested/bin/plug",
      `#!/bin/sh\necho '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from a plugin"}}'\n`,
    );
    chmodSync(plugin, 0o755);
    const apiVersion = "client.authentication.k8s.io/v1";
    const byFile = write("nested/by-file", toConfig({ tokenFile: "token" }));
    const byPlugin = write(
      "nested/by-plugin",
      toConfig({ exec: { apiVersion, command: "./bin/plug", interactiveMode: "Never" } }),
    );
    const unrelated = write("unrelated", { clusters: [], contexts: [], users: [] });
    for (const [path, token] of [
      [byFile, "from a file"],
      [byPlugin, "from a plugin"],
    ] as const) {
      expect(await askAll(path)).toBe(`Bearer ${token}`);
      expect(await askAll(unrelated, path)).toBe(`Bearer ${token}`);
      expect(await ask({ kubeconfig: path })).toBe(`Bearer ${token}`);
    }
  });

  it("search PATH for an exec command without a slash", async () => {
    write("named-plug", "#!/bin/sh\nexit 1\n");
    chmodSync(at("named-plug"), 0o755);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "named-plug" };
    await expect(askAll(write("by-name", toConfig({ exec })))).rejects.toMatchObject({
      code: "Unauthorized",
      message: expect.stringContaining("ENOENT"),
    });
  });

  it("are ~/.kube/config without KUBECONFIG", async () => {
    mkdirSync(at("home/.kube"), { recursive: true });
    write("home/.kube/config", toConfig({ token: "of the home folder" }));
    expect(await ask({ environment: { HOME: at("home") } })).toBe("Bearer of the home folder");
    expect(await ask({ environment: { HOME: at("home"), KUBECONFIG: "" } })).toBe(
      "Bearer of the home folder",
    );
  });

  it("leave incomplete entries alone that the context does not use", async () => {
    const config = toConfig({ token: "t" });
    const clusters = [...(config["clusters"] as unknown[]), { name: "draft", cluster: {} }];
    expect(await askAll(write("draft", { ...config, clusters }))).toBe("Bearer t");
  });

  it.each([
    [
      "a single file that does not exist",
      () => ({ kubeconfig: at("none") }),
      /none: cannot be read/,
    ],
    [
      "only files that do not exist",
      () => ({ environment: { KUBECONFIG: `${at("none")}${delimiter}${at("nil")}` } }),
      /no cluster: KUBECONFIG names none \(read: .*none, .*nil\)/,
    ],
    ["a folder", () => ({ environment: { KUBECONFIG: folder.path } }), /EISDIR/],
    [
      "a text that is no YAML",
      () => ({ kubeconfig: write("broken", 'users: [{ name: "u", user: { token: hidden }') }),
      /broken: cannot be read: it is neither JSON nor YAML/,
    ],
    ["a list", () => ({ kubeconfig: write("list", "[]") }), /expected a mapping/],
    ["another kind", () => ({ kubeconfig: write("pod", "kind: Pod") }), /its kind is "Pod"/],
    [
      "a name that is twice in one file",
      () => ({
        kubeconfig: write("twice", toConfig({}, { users: [{ name: "u" }, { name: "u" }] })),
      }),
      /users has u twice/,
    ],
    [
      "no current context",
      () => ({ kubeconfig: write("no-context", toConfig({}, { "current-context": "" })) }),
      /current-context is not set/,
    ],
  ])("refuse %s, and quote no credentials", async (_, toOptions, message) => {
    const refused = ask(toOptions());
    await expect(refused).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: expect.stringMatching(message),
    });
    await expect(refused).rejects.not.toThrow(/hidden/);
  });

  it("send credentials by plain HTTP to this machine only, and never through a proxy", () => {
    const allowed = [
      "https://api.example",
      "http://127.0.0.1:1",
      "http://localhost",
      "http://[::1]:8001",
    ];
    for (const url of allowed)
      expect({ url, may: mayCarryCredentials(url, false) }).toEqual({ url, may: true });
    const refused = [
      "http://api.example",
      "http://10.0.0.1",
      "http://127.0.0.1.example",
      "http://0.0.0.0",
    ];
    for (const url of refused)
      expect({ url, may: mayCarryCredentials(url, false) }).toEqual({ url, may: false });
    expect(mayCarryCredentials("http://127.0.0.1:1", true)).toBe(false);
    expect(mayCarryCredentials("https://api.example", true)).toBe(true);
  });

  it("send none by plain HTTP to a name of another machine, and do not even ask a plugin for them", async () => {
    const ran = at("plugin-ran");
    const plugin = write("spy", `#!/bin/sh\ntouch "${ran}"\n`);
    chmodSync(plugin, 0o755);
    // 0.0.0.0 is no loopback address, although this machine answers at it.
    const cluster = { server: address.replace("127.0.0.1", "0.0.0.0") };
    const clusters = [{ name: "c", cluster }];
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: plugin };
    expect(await askAll(write("remote-exec", toConfig({ exec }, { clusters })))).toBe("none");
    expect(await askAll(write("remote", toConfig({ token: "t" }, { clusters })))).toBe("none");
    const lean = await connectLean({ kubeconfig: at("remote") });
    clients.push(lean);
    expect(await lean.request({ method: "GET", path: "/api" })).toBe("none");
    expect(existsSync(ran)).toBe(false);
  });
});
