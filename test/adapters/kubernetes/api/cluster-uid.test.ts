import { describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import {
  createClusterUid,
  findForeignCluster,
} from "../../../../adapters/kubernetes/api/cluster-uid.ts";

const signal = new AbortController().signal;

function createWorld() {
  const world = { server: "https://one", uid: "uid-1", asked: 0 };
  const client: KubernetesClient = {
    get server() {
      return world.server;
    },
    request: async <T>(): Promise<T> => {
      world.asked += 1;
      const metadata = { name: "kube-system", uid: world.uid };
      return { apiVersion: "v1", kind: "Namespace", metadata } as T;
    },
    stream: () => Promise.reject(new Error("not used")),
    close: async () => {},
  };
  return { world, clusterUid: createClusterUid(client) };
}

describe("the cluster that a function connects to", () => {
  it("is read once", async () => {
    const { world, clusterUid } = createWorld();
    expect([await clusterUid(signal), await clusterUid(signal)]).toEqual(["uid-1", "uid-1"]);
    expect(world.asked).toBe(1);
  });

  it("is read again if a renewed kubeconfig names another server", async () => {
    const { world, clusterUid } = createWorld();
    await clusterUid(signal);
    Object.assign(world, { server: "https://other", uid: "uid-2" });
    expect(await clusterUid(signal)).toBe("uid-2");
  });

  it("must be the message's", async () => {
    const { clusterUid } = createWorld();
    const own = { name: "prod", uid: "uid-1" };
    expect(await findForeignCluster(own, clusterUid, signal)).toBeUndefined();
    expect(await findForeignCluster({ ...own, uid: "uid-9" }, clusterUid, signal)).toBe(
      "the message is about cluster prod (uid-9), this function reaches uid-1: no rule takes changes of that cluster (name it in clusters and on.clusters, and redrive the message, or stop its relay)",
    );
  });
});
