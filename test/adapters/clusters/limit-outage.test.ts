import { describe, expect, it } from "vitest";
import { limitOutage } from "../../../adapters/clusters/limit-outage.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError, type ErrorCode } from "../../../core/errors.ts";

const GET = { method: "GET", path: "/api" } as const;
const KUBE_SYSTEM = "/api/v1/namespaces/kube-system";

/** A server that fails with this error for as long as it is set. */
function open() {
  const requests: KubernetesRequest[] = [];
  const server = { error: undefined as unknown, nowMs: 0, hanging: "" };
  const client: KubernetesClient = {
    server: "https://backup.example",
    request: async (request) => {
      requests.push(request);
      if (request.path === server.hanging) throw toError("Timeout");
      if (server.error !== undefined) throw server.error;
      return "answer" as never;
    },
    stream: () => Promise.reject(new Error("not in this test")),
    close: async () => undefined,
  };
  return { server, requests, client: limitOutage(client, () => server.nowMs) };
}

const toError = (code: ErrorCode, status?: number): KubemendError =>
  new KubemendError(code, "no answer", { retryable: true, status });

describe("limitOutage", () => {
  it("asks a server that has not answered again after 15 s only, and refuses until then with the same error", async () => {
    const { server, requests, client } = open();
    server.error = toError("Unreachable");
    await expect(client.request(GET)).rejects.toBe(server.error);
    server.nowMs = 14_999;
    await expect(client.request(GET)).rejects.toThrow("no answer");
    expect(requests).toHaveLength(1);
    server.nowMs = 15_000;
    server.error = undefined;
    await expect(client.request(GET)).resolves.toBe("answer");
    await expect(client.request(GET)).resolves.toBe("answer");
    expect(requests).toHaveLength(3);
  });

  it.each(["Unreachable", "CredentialDenied", "InvalidConfiguration"] as const)(
    "counts %s as no answer",
    async (code) => {
      const { server, requests, client } = open();
      server.error = toError(code);
      await expect(client.request(GET)).rejects.toThrow(/no answer|a fault of ours/);
      await expect(client.request(GET)).rejects.toThrow(/no answer|a fault of ours/);
      expect(requests).toHaveLength(1);
    },
  );

  it("counts a timeout as no answer if its namespace kube-system is not answered, either", async () => {
    const { server, requests, client } = open();
    server.error = toError("Timeout");
    await expect(client.request(GET)).rejects.toBe(server.error);
    await expect(client.request(GET)).rejects.toBe(server.error);
    expect(requests.map(({ path }) => path)).toEqual([GET.path, KUBE_SYSTEM]);
  });

  it("continues to ask after a timeout that is about one object only", async () => {
    const { server, requests, client } = open();
    server.hanging = "/hanging";
    const hanging = { ...GET, path: server.hanging };
    const both = [client.request(hanging), client.request(hanging)];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual([
      "rejected",
      "rejected",
    ]);
    await expect(client.request(GET)).resolves.toBe("answer");
    // Both share one question.
    expect(requests.filter(({ path }) => path === KUBE_SYSTEM)).toHaveLength(1);
  });

  it.each([toError("Forbidden", 403), toError("Timeout", 504), new Error("a fault of ours")])(
    "continues to ask after %s, which is an answer or no word of the server",
    async (error) => {
      const { server, requests, client } = open();
      server.error = error;
      await expect(client.request(GET)).rejects.toThrow(/no answer|a fault of ours/);
      await expect(client.request(GET)).rejects.toThrow(/no answer|a fault of ours/);
      expect(requests).toHaveLength(2);
    },
  );

  it("asks no second time for what every cluster has", async () => {
    const { server, requests, client } = open();
    server.error = toError("Timeout");
    const kubeSystem = { method: "GET", path: "/api/v1/namespaces/kube-system" } as const;
    await expect(client.request(kubeSystem)).rejects.toThrow("no answer");
    await expect(client.request(GET)).rejects.toThrow("no answer");
    expect(requests).toHaveLength(1);
  });

  it("does not count a request that its caller has given up", async () => {
    const { server, requests, client } = open();
    server.error = toError("Unreachable");
    const signal = AbortSignal.abort();
    await expect(client.request({ ...GET, signal })).rejects.toThrow(/no answer|a fault of ours/);
    await expect(client.request(GET)).rejects.toThrow(/no answer|a fault of ours/);
    expect(requests).toHaveLength(2);
  });

  it("lets no request wait for longer than 10 s", async () => {
    const { requests, client } = open();
    await client.request(GET);
    await client.request({ ...GET, timeoutMs: 60_000 });
    await client.request({ ...GET, timeoutMs: 2_000 });
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([10_000, 10_000, 2_000]);
  });
});
