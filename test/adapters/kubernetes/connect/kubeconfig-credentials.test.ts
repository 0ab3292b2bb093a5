import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ask,
  certificate,
  PATH,
  readStream,
  startKubeconfigServer,
  type KubeconfigServer,
  type Fields,
} from "./kubeconfig-server.ts";

let server: KubeconfigServer;

beforeAll(async () => {
  server = await startKubeconfigServer();
});

beforeEach(() => server.reset());

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe("tokens", () => {
  it("reads a token file again after a 401, and repeats the request", async () => {
    const tokenFile = join(server.folder, "token");
    writeFileSync(tokenFile, "first\n");
    const client = await server.connect({}, { tokenFile });
    expect(await ask(client)).toBe("Bearer first");
    writeFileSync(tokenFile, "second\n");
    server.accept("Bearer second");
    expect(await ask(client)).toBe("Bearer second");
  });

  it("reads it again for the stream after the one that was refused", async () => {
    const tokenFile = join(server.folder, "stream-token");
    writeFileSync(tokenFile, "first");
    const client = await server.connect({}, { tokenFile });
    server.accept("Bearer second");
    const path = { method: "GET", path: PATH } as const;
    const refused = await client.stream(path);
    refused.body.destroy();
    expect(refused.status).toBe(401);
    writeFileSync(tokenFile, "second");
    expect(await readStream(client)).toBe('"Bearer second"');
  });
});

let plugins = 0;
describe("exec credentials", () => {
  /** A plugin that counts its runs. */
  function plugin(status: string): Fields {
    plugins += 1;
    const command = join(server.folder, `plugin-${plugins}`);
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
    const lasting = await server.connect({}, plugin('{"token":"run-$runs"}'));
    expect([await ask(lasting), await ask(lasting)]).toEqual(["Bearer run-1", "Bearer run-1"]);
    const expired = plugin('{"token":"run-$runs","expirationTimestamp":"2020-01-01T00:00:00Z"}');
    const client = await server.connect({}, expired);
    expect([await ask(client), await ask(client)]).toEqual(["Bearer run-1", "Bearer run-2"]);
  });

  it("are requested again after a 401, whatever their expiry", async () => {
    const status = '{"token":"run-$runs","expirationTimestamp":"2999-01-01T00:00:00Z"}';
    const client = await server.connect({}, plugin(status));
    expect(await ask(client)).toBe("Bearer run-1");
    server.accept("Bearer run-2");
    expect(await ask(client)).toBe("Bearer run-2");
  });

  it("may be a client certificate", async () => {
    const pem = (name: string): string =>
      JSON.stringify(readFileSync(certificate(name), "utf8")).replaceAll("\\n", "\\\\n");
    const status = `{"clientCertificateData":${pem("client.pem")},"clientKeyData":${pem("client.key")}}`;
    expect(await ask(await server.connect({}, plugin(status)))).toBe("tester");
  });

  it("that cannot be obtained are reported with the plugin's own message, and requested again", async () => {
    const command = join(server.folder, "broken-plugin");
    writeFileSync(command, "#!/bin/sh\necho 'the SSO session has expired' >&2\nexit 3\n");
    chmodSync(command, 0o755);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command };
    const client = await server.connect({}, { exec });
    await expect(ask(client)).rejects.toMatchObject({
      code: "Unauthorized",
      retryable: true,
      message: expect.stringContaining("the SSO session has expired"),
    });
  });
});
