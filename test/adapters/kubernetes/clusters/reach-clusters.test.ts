import { describe, expect, it } from "vitest";
import type { Discovery } from "../../../../adapters/kubernetes/api/discovery.ts";
import { reachClusters } from "../../../../adapters/kubernetes/clusters/reach-clusters.ts";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import type { PatchOperation } from "../../../../core/operations/operation.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { toRecord } from "../../../core/records/record.ts";
import { ObjectServer } from "../../../support/kubernetes/object-server.ts";

const PATH = "/apis/apps/v1/namespaces/shop/deployments/web";
const HERE = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespace: "shop",
  name: "web",
};
const THERE = { ...HERE, cluster: "backup" };
const CONTEXT = { record: toRecord(), now: "2026-03-01T10:00:00.000Z" };
const PATCH: PatchOperation = {
  type: "patch",
  name: "patch",
  target: THERE,
  uid: "there",
  changes: [{ path: ["spec", "paused"], to: true }],
};

function open(failure?: KubemendError) {
  const servers = { here: new ObjectServer(), there: new ObjectServer() };
  for (const [uid, server] of Object.entries(servers)) {
    const metadata = { name: "web", namespace: "shop", uid };
    server.put(PATH, { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: {} });
  }
  const asked: string[] = [];
  const read = (how: string): Discovery["catalog"] => {
    return async () => {
      asked.push(how);
      return builtinCatalog();
    };
  };
  const discovery = { catalog: read("catalog"), refresh: read("refresh") };
  let opened = 0;
  const executor = reachClusters(
    { client: servers.here.client, pipeline: { redact: [] }, sendAlert: async () => undefined },
    async () => {
      opened += 1;
      if (failure !== undefined) throw failure;
      const { client } = servers.there;
      return { client, discovery, readNamespace: async () => null };
    },
  );
  return { executor, servers, asked, opened: () => opened };
}

describe("reachClusters", () => {
  it("reads an object in the cluster that its address names", async () => {
    const { executor } = open();
    const read = async (target: typeof HERE) => {
      const answer = await executor.read({ type: "get", as: "target", target });
      return answer.type === "object" ? answer.object?.metadata.uid : undefined;
    };
    expect([await read(HERE), await read(THERE)]).toEqual(["here", "there"]);
  });

  it("writes there, leaves the object of that name here alone, and names the cluster in the result", async () => {
    const { executor, servers } = open();
    const outcome = await executor.execute(PATCH, CONTEXT);
    expect(outcome).toMatchObject({ outcome: "done", object: { uid: "there", cluster: "backup" } });
    expect(servers.there.get(PATH)["spec"]).toEqual({ paused: true });
    expect(servers.here.get(PATH)["spec"]).toEqual({});
  });

  it("opens a cluster once, and none for the pipeline's own", async () => {
    const { executor, opened } = open();
    await executor.read({ type: "get", as: "a", target: HERE });
    expect(opened()).toBe(0);
    await executor.read({ type: "get", as: "a", target: THERE });
    await executor.readNamespace("shop", undefined, "backup");
    expect(opened()).toBe(1);
  });

  it("reads the catalog again only if something was not found", async () => {
    const { executor, asked } = open();
    await executor.readCatalog("backup");
    await executor.readCatalog("backup", undefined, true);
    expect(asked).toEqual(["catalog", "refresh"]);
  });

  it("names the cluster in the refusal of a write", async () => {
    const { executor } = open();
    expect(await executor.execute({ ...PATCH, uid: "other" }, CONTEXT)).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining("cluster backup"),
    });
  });

  it.each([
    ["Unreachable", false, true],
    ["CredentialNotFound", false, true],
    ["UnknownCluster", false, false],
    ["ForeignCluster", false, false],
    ["Unavailable", true, true],
  ] as const)(
    "names the cluster in the error %s (retryable: %s), which is then retryable: %s",
    async (code: ErrorCode, retryable, expected) => {
      const { executor } = open(new KubemendError(code, "no", { retryable }));
      await expect(executor.readCatalog("backup")).rejects.toMatchObject({
        code,
        message: "in cluster backup: no",
        retryable: expected,
      });
    },
  );
});
