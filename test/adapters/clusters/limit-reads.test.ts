import { describe, expect, it } from "vitest";
import { limitReads } from "../../../adapters/clusters/limit-reads.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../core/errors.ts";

const GET = { method: "GET", path: "/api" } as const;
const PATCH = { method: "PATCH", path: "/api" } as const;
const AWAY = new KubemendError("Timeout", "no answer", { retryable: true });

/** A cluster of which the requests of this method get no answer. */
function open(unanswered?: KubernetesRequest["method"]) {
  const requests: KubernetesRequest[] = [];
  const client: KubernetesClient = {
    server: "https://backup.example",
    request: async (request) => {
      requests.push(request);
      if (request.method === unanswered) throw AWAY;
      return "answer" as never;
    },
    stream: () => Promise.reject(new Error("not in this test")),
    close: async () => undefined,
  };
  return { requests, client: limitReads(client, () => 0) };
}

describe("in a cluster into which much is copied", () => {
  it.each([
    ["a read of one object", GET, 3_000],
    ["a read with a limit of its own", { ...GET, timeoutMs: 2_000 }, 2_000],
    ["a page of a list", { ...GET, query: { limit: 250 } }, 10_000],
    ["a write", { ...PATCH, timeoutMs: 15_000 }, 15_000],
  ])("%s is waited for as long as it may take", async (_what, request, timeoutMs) => {
    const { requests, client } = open();
    await client.request(request);
    expect(requests).toMatchObject([{ timeoutMs }]);
  });

  it("a read without an answer has the next ones refused at once", async () => {
    const { requests, client } = open("GET");
    await expect(client.request(GET)).rejects.toBe(AWAY);
    await expect(client.request(GET)).rejects.toBe(AWAY);
    expect(requests.map(({ path, timeoutMs }) => [path, timeoutMs])).toEqual([
      [GET.path, 3_000],
      ["/api/v1/namespaces/kube-system", 2_000],
    ]);
  });

  it("a read without an answer has the next writes refused at once, too", async () => {
    const { requests, client } = open("GET");
    await expect(client.request(GET)).rejects.toBe(AWAY);
    await expect(client.request(PATCH)).rejects.toBe(AWAY);
    expect(requests.map(({ method }) => method)).toEqual(["GET", "GET"]);
  });

  it("a write delays the other work for 30 s at most", async () => {
    const { requests, client } = open();
    await client.request({ ...PATCH, timeoutMs: 60_000 });
    expect(requests).toMatchObject([{ timeoutMs: 30_000 }]);
  });

  it("a write without an answer delays no other object", async () => {
    const { client } = open("PATCH");
    await expect(client.request(PATCH)).rejects.toBe(AWAY);
    await expect(client.request(GET)).resolves.toBe("answer");
  });
});
