import { expect, it } from "vitest";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { toJobAddress } from "../../../support/kubernetes/job-address.ts";

const TARGET = toJobAddress("a");

const toObject = (from: string) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "a", uid: "u", labels: { from } },
});

it("only a read that may be shared is answered with that of another message", async () => {
  const client = { request: async () => toObject("the cluster") } as unknown as KubernetesClient;
  const deps = {
    client,
    pipeline: { redact: [] },
    readShared: async () => ({ object: toObject("another message") }),
    sendAlert: async () => undefined,
  };
  const get = { type: "get", as: "object", target: TARGET } as const;
  const ask = async (read: typeof get & { readonly mayShare?: true }): Promise<unknown> => {
    const answer = await createExecutor(deps).read(read);
    return answer.type === "object" && answer.object?.metadata["labels"];
  };
  expect(await ask(get)).toEqual({ from: "the cluster" });
  expect(await ask({ ...get, mayShare: true })).toEqual({ from: "another message" });
});
