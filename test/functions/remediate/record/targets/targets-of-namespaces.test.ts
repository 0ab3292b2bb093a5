import { describe, expect, it } from "vitest";
import { KubemendError, type ErrorCode } from "../../../../../core/errors.ts";
import { createDrainedNode, type DrainedNode } from "./drained-node.ts";

/** A Node with Pods of these namespaces, so many each. */
function createNode(counts: Readonly<Record<string, number>>): DrainedNode {
  const node = createDrainedNode({ within: "1h" }, { giveUpAfter: "1h" });
  for (const [namespace, count] of Object.entries(counts)) {
    for (let index = 0; index < count; index += 1) {
      node.addPod(namespace, `p-${String(index).padStart(4, "0")}`);
    }
  }
  return node;
}

/** Requests of this method for Pods of these namespaces fail. */
function failIn(
  node: DrainedNode,
  method: string,
  isIn: (key: string) => boolean,
  code: ErrorCode = "Unavailable",
): void {
  node.onPod = (sent, key) => {
    if (sent === method && isIn(key)) throw new KubemendError(code, "is away", { retryable: true });
  };
}

const countOf = (keys: Iterable<string>, namespace: string): number =>
  [...keys].filter((key) => key.startsWith(`${namespace}/`)).length;

describe("targets of one namespace that fail for a reason that may pass", () => {
  it.each(["POST", "GET"])("(%s) do not hold those of another one", async (method) => {
    const node = createNode({ aaa: 20, shop: 6 });
    failIn(node, method, (key) => key.startsWith("aaa/"));
    await node.begin();
    expect(countOf(node.evictions, "shop")).toBe(6);
    expect(node.status().phase).toBe("Waiting");
    node.onPod = () => undefined;
    await node.finish();
    expect([node.evictions.length, node.status().phase]).toEqual([26, "Succeeded"]);
  });

  it.each(["POST", "GET"])("(%s) fail alone, each by its name", async (method) => {
    const node = createNode({ aaa: 8, shop: 6 });
    failIn(node, method, (key) => key.startsWith("aaa/"));
    await node.drain();
    expect(node.status()).toMatchObject({ phase: "Failed", reason: "TargetsFailed" });
    expect(node.status().message).toContain("evicted 6 Pods, 8 failed: Pod aaa/");
  });

  it.each(["POST", "GET"])(
    "(%s) are attempted after those that were not yet, also in their own namespace",
    async (method) => {
      const node = createNode({ shop: 60 });
      failIn(node, method, (key) => key < "shop/p-0006");
      await node.begin();
      expect(node.evictions).toEqual([]);
      for (let round = 0; round < 4; round += 1) await node.wake();
      expect(node.evictions).toHaveLength(54);
    },
  );

  it("in several namespaces hold the others no longer than one retry", async () => {
    const node = createNode({ aaa: 20, aab: 20, aac: 20, shop: 6 });
    failIn(node, "POST", (key) => key.startsWith("aa"));
    await node.begin();
    expect(node.status()).toMatchObject({ phase: "Waiting", reason: "Retrying" });
    await node.wake();
    expect(countOf(node.evictions, "shop")).toBe(6);
  });

  it("because of its quota are never everybody's reason", async () => {
    const node = createNode({ aaa: 5, aab: 5, aac: 5, shop: 6 });
    failIn(node, "POST", (key) => key.startsWith("aa"), "QuotaExceeded");
    await node.begin();
    expect(countOf(node.evictions, "shop")).toBe(6);
  });
});

it("a Node is drained of the Pods in kube-system too", async () => {
  const node = createNode({ "kube-system": 2, shop: 1 });
  await node.drain();
  expect([node.evictions.length, node.status().phase]).toEqual([3, "Succeeded"]);
});

it("a Node is drained of the Pods in the namespaces that have not opted out, and is done then", async () => {
  const node = createNode({ out: 2, shop: 1 });
  const labels = { "kubemend.dev/remediate": "false" };
  const metadata = { name: "out", uid: "out-uid", labels };
  node.put("namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
  await node.drain();
  expect([node.evictions.length, node.status().phase]).toEqual([1, "Succeeded"]);
});

it("targets in all namespaces are none in kube-system", async () => {
  const targets = { select: { resource: "pods", namespace: "*", where: "true" }, atMost: 2 };
  const node = createDrainedNode({}, { then: [{ evictPod: { targets } }] });
  for (const namespace of ["kube-system", "kubemend", "shop", "team"]) node.addPod(namespace, "p");
  await node.drain();
  expect(node.evictions).toEqual(["shop/p", "team/p"]);
});

describe("blocked targets of one namespace", () => {
  it.each([100, 199, 400, 1000])("%i of them hold nobody else", async (blocked) => {
    const node = createNode({ aaa: blocked, shop: 250 });
    const reason = "Cannot evict pod as it would violate the pod's disruption budget. ".repeat(6);
    node.onPod = (method, key) => {
      if (method !== "POST" || !key.startsWith("aaa/")) return;
      throw new KubemendError("TooManyRequests", reason, { retryable: true, status: 429 });
    };
    await node.begin();
    expect(countOf(node.evictions, "shop")).toBe(250);
    expect(JSON.stringify([...node.records.values()]).length).toBeLessThan(100 * 1024);
    node.onPod = () => undefined;
    await node.finish();
    expect(node.status()).toMatchObject({ phase: "Succeeded" });
    expect(new Set(node.evictions).size).toBe(blocked + 250);
    expect(node.evictions).toHaveLength(blocked + 250);
  });

  it("fail after their own time, as if they had not been passed over", async () => {
    const node = createNode({ aaa: 3, shop: 1 });
    failIn(node, "POST", (key) => key.startsWith("aaa/"), "TooManyRequests");
    await node.drain();
    expect(node.status().message).toContain("evicted 1 Pod, 3 failed");
    expect(node.now()).toBe("2026-03-01T11:00:00.000Z");
  });

  it("that were replaced under their names meanwhile are left alone", async () => {
    const node = createNode({ aaa: 1 });
    failIn(node, "POST", () => true, "TooManyRequests");
    await node.begin();
    node.onPod = () => undefined;
    node.pods.clear();
    node.addPod("aaa", "p-0000", "of another Node");
    await node.wake();
    expect(node.evictions).toEqual([]);
  });
});

describe("a namespace with more targets than atMostPerNamespace", () => {
  it("is left alone and named, and those of the others are acted upon, however many it has", async () => {
    const select = { resource: "pods", namespace: "*", where: "true" };
    const targets = { select, atMost: 20, atMostPerNamespace: 10 };
    const node = createDrainedNode({}, { then: [{ evictPod: { targets } }] });
    for (let index = 0; index < 600; index += 1) node.addPod("aaa", `p-${index}`);
    for (let index = 0; index < 10; index += 1) node.addPod("shop", `p-${index}`);
    for (let index = 0; index < 10; index += 1) node.addPod("team", `p-${index}`);
    await node.drain();
    expect([countOf(node.evictions, "aaa"), node.evictions.length]).toEqual([0, 20]);
    expect(node.status().message).toMatch(
      /^evicted 20 Pods, 600 failed: Pod aaa\/p-0 \(TooManyTargets\): it is one of 600 in its namespace/,
    );
  });
});
