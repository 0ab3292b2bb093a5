/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../../events/change.ts";
import type { KubernetesRequest } from "../../../../../adapters/kubernetes/http/client.ts";
import { createRequestWorld } from "../../../../support/functions/request-world.ts";
import { createCrowd, DELETE, fail, runToEnd, toTargets } from "./crowd.ts";

const OUT = { "kubemend.dev/remediate": "false" };

describe("a Node that is cordoned already, and drained because of one of its Pods", () => {
  const POD: KubernetesObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web-1",
      namespace: "data",
      uid: "web-1-uid",
      resourceVersion: "1",
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "r", controller: true },
      ],
    },
    spec: { nodeName: "n1" },
  };

  const TRIGGER = {
    group: "",
    version: "v1",
    resource: "pods",
    kind: "Pod",
    namespaced: true,
    namespace: "data",
    name: "web-1",
    uid: "web-1-uid",
    resourceVersion: "1",
  } as const;

  function createDrain(rule: Readonly<Record<string, unknown>> = {}) {
    const writes: string[] = [];
    let marks = {};
    const serve = ({ method, path, body }: KubernetesRequest): unknown => {
      // The preview tries the evictions.
      const isWrite = method !== "GET" && !JSON.stringify(body).includes("dryRun");
      if (isWrite && path.includes("/pods/")) writes.push(`${method} ${path}`);
      if (path === "/api/v1/pods") return { items: writes.length === 0 ? [POD] : [] };
      if (path.startsWith("/api/v1/namespaces/data/pods/")) return method === "GET" ? POD : {};
      if (!path.startsWith("/api/v1/nodes/n1")) return undefined;
      const metadata = { name: "n1", uid: "node-uid", resourceVersion: "5", ...marks };
      return { apiVersion: "v1", kind: "Node", metadata, spec: { unschedulable: true } };
    };
    const whole = {
      on: { resource: "pods" },
      once: "object",
      reach: "cluster",
      whereTarget: "true",
      guards: { mode: "approval" },
      then: [
        { drain: { target: { relation: "node" } } },
        { alert: { to: "t", summary: "'please decide'" } },
      ],
      ...rule,
    };
    const world = createRequestWorld(whole, POD, { serve });
    return {
      world,
      writes,
      mark: (next: object) => void (marks = next),
      async approve() {
        const [record] = world.records.values();
        if (record === undefined) throw new Error("there is no record");
        const approval = { decision: "approve", by: "alice" } as const;
        const decided = { ...record, spec: { ...record.spec, approval } };
        world.records.set(record.metadata.name, decided);
        await world.wake(true);
        return [...world.records.values()].map(({ status }) => [status?.phase, status?.reason]);
      },
    };
  }

  it("is drained when a person has approved it", async () => {
    const drain = createDrain();
    await drain.world.deliver({ trigger: TRIGGER });
    await drain.approve();
    expect(drain.writes).toHaveLength(1);
  });

  it("keeps its Pods if it has opted out before a person approved it", async () => {
    const drain = createDrain();
    await drain.world.deliver({ trigger: TRIGGER });
    drain.mark({ labels: OUT });
    expect(await drain.approve()).toEqual([["Refused", "OptedOut"]]);
    expect(drain.writes).toEqual([]);
  });

  it("keeps its Pods if `whereTarget` is no longer true of it", async () => {
    const drain = createDrain({ whereTarget: 'object.metadata.labels["bad"] == "yes"' });
    drain.mark({ labels: { bad: "yes" } });
    await drain.world.deliver({ trigger: TRIGGER });
    drain.mark({ labels: { bad: "no" } });
    expect(await drain.approve()).toEqual([["Refused", "TargetRefused"]]);
    expect(drain.writes).toEqual([]);
  });
});

it("one of many that opts out while it waits to be tried again is not written to", async () => {
  const crowd = createCrowd(DELETE, 3);
  crowd.onPod = (method, name) => {
    if (method === "DELETE" && name === "p-0001") fail("Unavailable", "the webhook is away");
  };
  await crowd.deliver({});
  crowd.onPod = () => undefined;
  crowd.addPod("p-0001", { labels: OUT });
  await runToEnd(crowd);
  expect(crowd.writes).toEqual(["DELETE p-0000", "DELETE p-0002"]);
  expect(toTargets(crowd.status()).failures).toEqual([
    {
      object: "Pod data/p-0001",
      code: "OptedOut",
      message: 'the object has kubemend.dev/remediate: "false"',
    },
  ]);
});
