import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createKubernetesClient } from "../../../../adapters/kubernetes/http/create-client.ts";
import type {
  Route,
  Transport,
  WireAnswer,
  WireRequest,
} from "../../../../adapters/kubernetes/http/transport.ts";

/** A transport that returns these answers one after the other, and the requests that it was given. */
function createFakeTransport(
  answers: readonly (number | Error)[],
  more: Partial<Transport> & { readonly invalidate?: Route["invalidate"] } = {},
) {
  const sent: WireRequest[] = [];
  const counts = { opened: 0, invalidated: 0 };
  const send = async (request: WireRequest): Promise<WireAnswer> => {
    const answer = answers[sent.length] ?? 200;
    sent.push(request);
    if (answer instanceof Error) throw answer;
    return {
      status: answer,
      headers: { "retry-after": "7" },
      body: Readable.from([Buffer.from("{}")]),
    };
  };
  const transport: Transport = {
    server: () => "https://cluster",
    async open() {
      counts.opened += 1;
      const invalidate = () => void (counts.invalidated += 1);
      return { description: "https://cluster", send, invalidate, ...more };
    },
    close: async () => {},
    ...more,
  };
  return { client: createKubernetesClient(transport), sent, counts };
}

const GET = { method: "GET", path: "/api" } as const;

describe("new credentials", () => {
  it("are obtained once after a 401, and the request is sent with them", async () => {
    const { client, sent, counts } = createFakeTransport([401]);
    expect(await client.request({ ...GET, method: "POST", body: {} })).toEqual({});
    expect(sent).toHaveLength(2);
    expect(counts).toEqual({ opened: 2, invalidated: 1 });
  });

  it("are not obtained a second time; the hint is added to the error", async () => {
    const { client, sent } = createFakeTransport([401, 401], { hint: "put others into it" });
    await expect(client.request(GET)).rejects.toMatchObject({
      code: "Unauthorized",
      retryable: false,
      status: 401,
      message: expect.stringMatching(/^GET \/api: .*401.*; put others into it$/),
    });
    expect(sent).toHaveLength(2);
  });

  it("are not obtained if there are no others", async () => {
    const { client, sent } = createFakeTransport([401], { invalidate: undefined });
    await expect(client.request(GET)).rejects.toMatchObject({ code: "Unauthorized" });
    expect(sent).toHaveLength(1);
  });

  it("are obtained by the next request if the certificate is not trusted", async () => {
    const untrusted = Object.assign(new Error("self-signed"), {
      code: "SELF_SIGNED_CERT_IN_CHAIN",
    });
    const { client, sent, counts } = createFakeTransport([untrusted]);
    await expect(client.request(GET)).rejects.toMatchObject({
      code: "Unreachable",
      retryable: false,
    });
    expect([sent.length, counts.invalidated]).toEqual([1, 1]);
  });

  it("are kept if nobody answers, or if the API server refuses the request itself", async () => {
    const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
    const { client, counts } = createFakeTransport([reset, 403, 500]);
    for (const code of ["Unreachable", "Forbidden", "Unavailable"]) {
      await expect(client.request(GET)).rejects.toMatchObject({ code });
    }
    expect(counts.invalidated).toBe(0);
  });

  it("are not used for a request that was aborted meanwhile", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const { client, sent } = createFakeTransport([401], { invalidate: () => stop.abort(reason) });
    await expect(client.request({ ...GET, signal: stop.signal })).rejects.toBe(reason);
    expect(sent).toHaveLength(1);
  });
});

it("sends JSON with its type, and accepts JSON unless the request names another type", async () => {
  const { client, sent } = createFakeTransport([]);
  await client.request({ ...GET, query: { limit: 1, continue: undefined } });
  const patch = { contentType: "application/merge-patch+json", accept: "application/yaml" };
  await client.request({ method: "PATCH", path: "/api", body: { a: 1 }, ...patch });
  expect(sent).toEqual([
    {
      method: "GET",
      target: "/api?limit=1",
      headers: { accept: "application/json", "user-agent": "kubemend" },
      body: undefined,
    },
    {
      method: "PATCH",
      target: "/api",
      headers: {
        accept: "application/yaml",
        "user-agent": "kubemend",
        "content-type": "application/merge-patch+json",
      },
      body: '{"a":1}',
    },
  ]);
});

it("ends a request that its transport does not end in time", async () => {
  const send = () => new Promise<WireAnswer>(() => {});
  const transport: Transport = {
    server: () => "https://cluster",
    open: async () => ({ description: "https://cluster through a proxy", send }),
    close: async () => {},
  };
  await expect(
    createKubernetesClient(transport).request({ ...GET, timeoutMs: 5 }),
  ).rejects.toMatchObject({
    code: "Timeout",
    retryable: true,
    message: "GET /api: no complete answer from https://cluster through a proxy within 5 ms",
  });
});

it("returns the retry delay that the server asks for", async () => {
  const { client } = createFakeTransport([429]);
  await expect(client.request(GET)).rejects.toMatchObject({ retryAfterMs: 7000 });
});
