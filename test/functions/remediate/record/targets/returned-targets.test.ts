import { describe, expect, it } from "vitest";
import { createDrainedNode, type DrainedNode } from "./drained-node.ts";

const START_MS = Date.parse("2026-03-01T10:00:00.000Z");

const toSeconds = (node: DrainedNode): number => (Date.parse(node.now()) - START_MS) / 1000;

/** Each evicted Pod of the namespace is replaced, on the same Node, `count` times in all. */
function bringBack(node: DrainedNode, namespace: string, count = Number.POSITIVE_INFINITY): void {
  let made = 0;
  node.onEvicted = (of) => {
    if (of !== namespace || made >= count) return;
    made += 1;
    node.addPod(namespace, `again-${made}`);
  };
}

describe("a drain of a Node whose Pods come back", () => {
  it("evicts those of a namespace three times, names them, and everything else has left", async () => {
    const node = createDrainedNode({ within: "30m" });
    for (const name of ["a", "b"]) node.addPod("tenant", name);
    for (const name of ["a", "b", "c"]) node.addPod("shop", name);
    bringBack(node, "tenant");
    await node.drain();
    expect(node.evictions.filter((key) => key.startsWith("tenant/"))).toHaveLength(6);
    expect([...node.pods.keys()]).toEqual(["tenant/again-5", "tenant/again-6"]);
    expect(node.status()).toMatchObject({ phase: "Failed", reason: "TargetsFailed" });
    expect(node.status().message).toMatch(
      /evicted 9 Pods, 2 failed: Pod tenant\/again-5 \(KeepsComing\): .*find out what creates it/,
    );
  });

  it("pauses longer after each round that found some", async () => {
    const node = createDrainedNode({ within: "30m" });
    node.addPod("tenant", "a");
    const at: number[] = [];
    bringBack(node, "tenant");
    const replace = node.onEvicted;
    node.onEvicted = (namespace) => {
      at.push(toSeconds(node));
      replace(namespace);
    };
    await node.drain();
    expect([at, toSeconds(node)]).toEqual([[0, 5, 15], 35]);
  });

  it("evicts those that another namespace sends meanwhile, while it leaves the first one's alone", async () => {
    const node = createDrainedNode({ within: "30m" });
    node.addPod("tenant", "a");
    bringBack(node, "tenant");
    const replace = node.onEvicted;
    node.onEvicted = (namespace) => {
      replace(namespace);
      if (node.evictions.length === 3) node.addPod("shop", "late");
    };
    await node.drain();
    expect(node.evictions.filter((key) => key.startsWith("shop/"))).toEqual(["shop/late"]);
    expect(node.evictions.filter((key) => key.startsWith("tenant/"))).toHaveLength(3);
  });

  it("has succeeded only if there is still none some seconds later", async () => {
    const node = createDrainedNode();
    node.addPod("shop", "a");
    await node.begin();
    expect(node.status()).toMatchObject({
      phase: "Waiting",
      message: "evicted 1 Pod; looks again whether none is left",
    });
    // Its controller was busy.
    node.addPod("shop", "b");
    await node.wake();
    expect(node.evictions).toEqual(["shop/a", "shop/b"]);
    await node.wake();
    expect(node.status()).toMatchObject({
      phase: "Succeeded",
      message: expect.stringContaining("evicted 2 Pods"),
    });
  });

  it("woken before that, it goes on waiting", async () => {
    const node = createDrainedNode();
    node.addPod("shop", "a");
    await node.begin();
    await node.wake(true);
    expect(node.status().phase).toBe("Waiting");
  });

  it("fails with what still comes when its time is over", async () => {
    const node = createDrainedNode({ within: "10s" });
    node.addPod("tenant", "a");
    bringBack(node, "tenant");
    await node.drain();
    expect(node.evictions).toHaveLength(2);
    expect(node.status().message).toMatch(/KeepsComing\): it came while .*, for 10s/);
  });
});
