import { expect, it } from "vitest";
import { openTargets } from "../../../adapters/clusters/open-targets.ts";
import type { KubernetesRequest } from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../core/errors.ts";

it("a target that does not answer is asked once, with a short limit, for all who need it", async () => {
  const requests: KubernetesRequest[] = [];
  const away = new KubemendError("Timeout", "no answer", { retryable: true });
  const request = async (asked: KubernetesRequest): Promise<never> => {
    requests.push(asked);
    throw away;
  };
  const open = openTargets({
    clusters: [{ name: "backup", access: { type: "kubeconfig", path: "unused" } }],
    ownUid: async () => "own",
    now: () => 0,
    connect: async () => ({ server: "", request }) as never,
  });
  const { signal } = new AbortController();
  await expect(open("backup", signal)).rejects.toBe(away);
  await expect(open("backup", signal)).rejects.toBe(away);
  expect(requests).toMatchObject([{ timeoutMs: 3_000 }]);
});
