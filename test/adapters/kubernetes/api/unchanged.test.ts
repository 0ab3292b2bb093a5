import { expect, it } from "vitest";
import { deleteUnchanged } from "../../../../adapters/kubernetes/api/unchanged.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";

const METADATA = { uid: "u", resourceVersion: "7" };

function toClient(code?: ErrorCode) {
  const requests: KubernetesRequest[] = [];
  const request = async (asked: KubernetesRequest): Promise<unknown> => {
    requests.push(asked);
    if (code !== undefined) throw new KubemendError(code, "refused", { retryable: false });
    return {};
  };
  return { requests, client: { server: "s", request } as unknown as KubernetesClient };
}

it("deletes the object in exactly the state that was read", async () => {
  const { client, requests } = toClient();
  expect(await deleteUnchanged(client, "/a/b", METADATA, undefined)).toBe(true);
  expect(requests).toMatchObject([
    { method: "DELETE", path: "/a/b", body: { preconditions: METADATA } },
  ]);
});

it.each(["Conflict", "PreconditionFailed", "NotFound"] as const)(
  "says that it deleted nothing after %s: somebody else was faster",
  async (code) => {
    const { client } = toClient(code);
    expect(await deleteUnchanged(client, "/a/b", METADATA, undefined)).toBe(false);
  },
);

it("throws any other error", async () => {
  const { client } = toClient("Forbidden");
  await expect(deleteUnchanged(client, "/a/b", METADATA, undefined)).rejects.toThrow("refused");
});
