import { beforeEach, describe, expect, it } from "vitest";
import type { MoveStatus } from "../../../../events/moves/move.ts";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

const MINUTE_MS = 60_000;

describe("sources that are held", () => {
  let world: MemoryWorld;

  /** A Middle that owns a Leaf that nothing holds, and three that a finalizer holds. */
  beforeEach(async () => {
    world = new MemoryWorld();
    const middle = world.get("source", "middles/b");
    if (middle === undefined) throw new Error("there is no middle");
    const owned = { ownerReferences: [middle] };
    for (const name of ["d", "e"] as const) {
      world.add("source", `leafs/${name}`, { metadata: { ...owned, finalizers: ["x.io/other"] } });
    }
    world.add("source", "leafs/free", { metadata: owned });
    await world.begin({ removeFinalizers: [] });
  });

  const look = async (): Promise<MoveStatus | undefined> => {
    await world.look();
    await world.look();
    return (await world.look()).move.status;
  };

  it("are counted while others are held", async () => {
    const status = await look();
    expect(status?.current?.waitsFor).toBe(
      "the finalizers x.io/hold, x.io/other to be taken off 3 objects",
    );
    expect(status?.counts).toMatchObject({ objects: 6, gone: 1 });
  });

  it("are all named with what holds them past the deadline", async () => {
    await look();
    world.nowMs += 11 * MINUTE_MS;
    const { move } = await world.look();
    expect(move.status?.problem).toMatchObject({ code: "Held", object: "Leaf shop/c" });
    expect(move.status?.problem?.holds).toMatch(
      /^the finalizer x\.io\/hold of Leaf shop\/c; the finalizer x\.io\/other of 2 objects \(Leaf shop\/d, Leaf shop\/e\)/,
    );
    expect(move.status?.problem?.wayOut).toContain(
      "kubemend move --resume m --remove-finalizer x.io/hold --remove-finalizer x.io/other",
    );
    expect(move.status?.counts?.gone).toBe(1);
  });

  it("by the garbage collector are left to it", async () => {
    for (const name of ["c", "d", "e"] as const) {
      await world.patch("source", `leafs/${name}`, { metadata: { finalizers: ["orphan"] } });
    }
    await look();
    world.nowMs += 11 * MINUTE_MS;
    const problem = (await world.look()).move.status?.problem;
    expect(problem?.wayOut).toMatch(/^leave it there: the garbage collector takes it off/);
    expect(problem?.wayOut).not.toContain("--remove-finalizer");
  });
});
