import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readKubeconfig } from "../../../../adapters/kubernetes/connect/kubeconfig.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-kubeconfig-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PEM = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
const DATA = Buffer.from(PEM).toString("base64");

type Fields = Readonly<Record<string, unknown>>;

function write(cluster: Fields, user: Fields | null, change: Fields = {}): string {
  return writeText(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "main",
      clusters: [{ name: "c", cluster: { server: "https://api.example:6443", ...cluster } }],
      contexts: [{ name: "main", context: { cluster: "c", user: "u" } }],
      users: [{ name: "u", user }],
      ...change,
    }),
  );
}

function writeText(text: string): string {
  const path = join(folder, "config");
  writeFileSync(path, text);
  return path;
}

describe("readKubeconfig", () => {
  it("reads a token, and prefers inline data to files", async () => {
    const path = write(
      {
        "certificate-authority-data": DATA,
        "certificate-authority": "not-there.pem",
        "tls-server-name": "kubernetes",
      },
      { token: "abc" },
    );
    expect(await readKubeconfig(path)).toMatchObject({
      server: new URL("https://api.example:6443"),
      ca: PEM,
      serverName: "kubernetes",
      insecureSkipVerify: false,
      token: "abc",
    });
  });

  it("reads files next to the kubeconfig", async () => {
    for (const name of ["ca.pem", "client.pem", "client.key"]) {
      writeFileSync(join(folder, name), `${PEM}${name}`);
    }
    const path = write(
      { "certificate-authority": "ca.pem", "insecure-skip-tls-verify": true },
      {
        "client-certificate": "client.pem",
        "client-key": join(folder, "client.key"),
        tokenFile: "token",
      },
    );
    expect(await readKubeconfig(path)).toMatchObject({
      ca: `${PEM}ca.pem`,
      cert: `${PEM}client.pem`,
      key: `${PEM}client.key`,
      insecureSkipVerify: true,
      tokenFile: join(folder, "token"),
    });
  });

  it("needs no user", async () => {
    const { token, cert } = await readKubeconfig(write({ server: "http://127.0.0.1:8001" }, null));
    expect([token, cert]).toEqual([undefined, undefined]);
  });

  it.each([
    ["exec is not supported", () => write({}, { exec: { command: "aws" } })],
    ["auth-provider is not supported", () => write({}, { "auth-provider": {} })],
    ["username is not supported", () => write({}, { username: "a", password: "b" })],
    ["as is not supported", () => write({}, { token: "t", as: "system:admin" })],
    ["proxy-url is not supported", () => write({ "proxy-url": "http://proxy" }, { token: "t" })],
    ["current-context is not set", () => write({}, {}, { "current-context": "" })],
    ["current-context other is not", () => write({}, {}, { "current-context": "other" })],
    ["names cluster c, which does not exist", () => write({}, {}, { clusters: [] })],
    ["names user u, which does not exist", () => write({}, {}, { users: [] })],
    ["server ftp://x is not an https:// address", () => write({ server: "ftp://x" }, {})],
    [
      "certificate-authority is not base64-encoded PEM",
      () => write({ "certificate-authority-data": "AAAA" }, {}),
    ],
    [
      "client-certificate and client-key belong together",
      () => write({}, { "client-certificate-data": DATA }),
    ],
    [
      "cannot read",
      () => write({}, { "client-certificate": "none.pem", "client-key": "none.key" }),
    ],
    ["cannot read", () => join(folder, "none")],
    ["it is not JSON: `npm run build` packs", () => writeText("apiVersion: v1")],
    ["clusters", () => writeText("{}")],
    ["expected", () => writeText("null")],
  ])("says %j", async (message, path) => {
    await expect(readKubeconfig(path())).rejects.toMatchObject({
      code: "InvalidConfiguration",
      retryable: false,
      message: expect.stringMatching(
        new RegExp(`kubeconfig .*${message.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "i"),
      ),
    });
  });
});
