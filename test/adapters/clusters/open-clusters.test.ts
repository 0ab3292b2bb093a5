import { describe, expect, it } from "vitest";
import { openClusters, type OpenClusters } from "../../../adapters/clusters/open-clusters.ts";
import { createScriptedClient } from "../../support/kubernetes/scripted-client.ts";

const signal = new AbortController().signal;

const toNamespace = (uid: string): object => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "kube-system", uid },
});

function open(input: {
  readonly reached: string;
  readonly declared?: string;
  readonly failures?: number;
}): { readonly find: OpenClusters; readonly connected: () => number } {
  let connected = 0;
  const find = openClusters({
    clusters: [
      {
        name: "backup",
        uid: input.declared,
        access: { type: "kubeconfig", path: "backup.kubeconfig" },
      },
    ],
    ownUid: async () => "own",
    now: () => 0,
    async connect() {
      connected += 1;
      if (connected <= (input.failures ?? 0)) throw new Error("no credentials");
      return createScriptedClient(() => ({ body: toNamespace(input.reached) })).client;
    },
  });
  return { find, connected: () => connected };
}

describe("openClusters", () => {
  it("gives the cluster of a name with its uid, and connects once", async () => {
    const { find, connected } = open({ reached: "b" });
    const found = await find("backup", signal);
    await find("backup", signal);
    expect({ name: found.name, uid: found.uid }).toEqual({ name: "backup", uid: "b" });
    expect(connected()).toBe(1);
  });

  it("connects again after a connection that failed", async () => {
    const { find } = open({ reached: "b", failures: 1 });
    await expect(find("backup", signal)).rejects.toThrow("no credentials");
    await expect(find("backup", signal)).resolves.toMatchObject({ uid: "b" });
  });

  it.each([
    [
      "a name that the pipeline does not have",
      "other",
      { reached: "b" },
      "UnknownCluster",
      "the pipeline names no cluster other (its clusters: backup)",
    ],
    [
      "a server with another uid than the pipeline states",
      "backup",
      { reached: "b", declared: "c" },
      "ForeignCluster",
      "cluster backup is to have the uid c, and the server reached has b",
    ],
    [
      "the pipeline's own cluster",
      "backup",
      { reached: "own" },
      "ForeignCluster",
      "cluster backup is the pipeline's own cluster",
    ],
  ])("refuses %s", async (_what, name, input, code, message) => {
    await expect(open(input).find(name, signal)).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(message),
    });
  });
});
