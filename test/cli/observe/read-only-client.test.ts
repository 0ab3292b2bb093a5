import { expect, test } from "vitest";
import { toReadOnly } from "../../../cli/observe/read-only-client.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";

test.each(["POST", "PUT", "PATCH", "DELETE"] as const)(
  "an observer sends no %s",
  async (method) => {
    const sent: KubernetesRequest[] = [];
    const note = (request: KubernetesRequest): Promise<never> => {
      sent.push(request);
      return Promise.reject(new Error("sent"));
    };
    const client: KubernetesClient = {
      server: "https://cluster.invalid",
      request: note,
      stream: note,
      close: async () => {},
    };
    const reader = toReadOnly(client);
    const path = "/api/v1/namespaces";
    expect(() => reader.request({ method, path })).toThrow(/writes nothing: .* was not sent/);
    expect(() => reader.stream({ method, path })).toThrow(/writes nothing/);
    expect(sent).toEqual([]);
    await expect(reader.request({ method: "GET", path })).rejects.toThrow("sent");
  },
);
