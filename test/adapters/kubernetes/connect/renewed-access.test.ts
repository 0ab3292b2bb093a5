import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCachedAccess } from "../../../../adapters/access/cached-access.ts";
import type { AccessSource } from "../../../../adapters/kubernetes/connect/access-source.ts";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { createLeanClient } from "../../../../adapters/kubernetes/connect/lean-connection.ts";

let server: Server;
let client: KubernetesClient;
/** The token that the API server accepts now. */
let valid: string;
/** The tokens that the source returns, one after the other. */
let tokens: string[];
let seen: string[];

beforeEach(async () => {
  [valid, tokens, seen] = ["a", ["a"], []];
  server = createServer((request, response) => {
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    seen.push(`${request.method} ${token}`);
    response.writeHead(token === valid ? 200 : 401).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

function connect(more: Partial<AccessSource> = {}): void {
  const { port } = server.address() as AddressInfo;
  const source = createCachedAccess({
    description: "secret s",
    hint: "put another into it",
    now: () => 0,
    load: async () => ({
      access: {
        server: new URL(`http://127.0.0.1:${port}`),
        insecureSkipVerify: false,
        token: tokens.shift() ?? "none",
      },
    }),
  });
  client = createLeanClient({ ...source, ...more });
}

const request = (method: "GET" | "POST" = "GET") => client.request({ method, path: "/api" });

describe("credentials that the API server refuses", () => {
  it("are renewed, and the request is sent once more, also a write", async () => {
    connect();
    await request();
    [valid, tokens] = ["b", ["b"]];
    await request("POST");
    await request();
    expect(seen).toEqual(["GET a", "POST a", "POST b", "GET b"]);
  });

  it("are reported with the hint if the new ones are refused too, after one attempt", async () => {
    connect();
    [valid, tokens] = ["c", ["a", "b"]];
    await expect(request()).rejects.toMatchObject({
      code: "Unauthorized",
      message: expect.stringMatching(/401.*; put another into it$/),
    });
    expect(seen).toEqual(["GET a", "GET b"]);
  });

  it("are reported at once if there are no others", async () => {
    connect({ invalidate: undefined });
    [valid, tokens] = ["c", ["a", "c"]];
    await expect(request()).rejects.toMatchObject({ code: "Unauthorized" });
    expect(seen).toEqual(["GET a"]);
  });

  it("are renewed once for requests that were refused at the same time", async () => {
    connect();
    await request();
    [valid, tokens] = ["b", ["b", "c"]];
    await Promise.all([request(), request()]);
    expect(tokens).toEqual(["c"]);
  });

  it("are renewed by a stream for the next request", async () => {
    connect();
    [valid, tokens] = ["b", ["a", "b"]];
    const stream = await client.stream({ method: "GET", path: "/api" });
    stream.body.destroy();
    expect(stream.status).toBe(401);
    await request();
    expect(seen).toEqual(["GET a", "GET b"]);
  });
});

it("the server is known once the credentials were loaded", async () => {
  connect();
  expect(client.server).toBe("secret s");
  await request();
  expect(client.server).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});
