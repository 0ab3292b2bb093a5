import { beforeEach, describe, expect, it } from "vitest";
import { MemoryWorld, type MemoryPath } from "../../../../support/move/memory-world.ts";

describe("an object whose owners change while it is moved", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  /** Gives the middle of the source these owners. */
  const own = async (...paths: readonly MemoryPath[]) => {
    const ownerReferences = paths.flatMap((path) => {
      const owner = world.get("source", path);
      if (owner === undefined) return [];
      const { name, uid } = owner.metadata;
      return [{ apiVersion: "x.io/v1", kind: String(owner["kind"]), name, uid }];
    });
    await world.patch("source", "middles/b", { metadata: { ownerReferences } });
  };
  /** Does something once, as soon as the target has the leaf: nothing is verified yet. */
  const onceCreated = (act: () => Promise<void>): void => {
    world.around = async (send) => {
      const answer = await send();
      if (world.get("target", "leafs/c") === undefined) return answer;
      world.around = (next) => next();
      await act();
      return answer;
    };
  };
  const ownersOf = (side: "source" | "target", path: MemoryPath) =>
    world.get(side, path)?.metadata.ownerReferences?.map(({ uid }) => uid) ?? [];

  it.each([
    ["one that does not move", ["tops/a", "tops/other"]],
    ["none", []],
  ] as const)("stops the move before the point of no return: %s", async (_what, owners) => {
    world.add("source", "tops/other", { metadata: {} });
    await world.begin();
    onceCreated(() => own(...owners));
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Verifying",
      problem: { code: "OwnersChanged", object: "Middle shop/b" },
    });
    await own("tops/a");
    expect((await world.follow()).move.status?.phase).toBe("Moved");
  });

  it("does not stop a move that does without owners that do not move", async () => {
    world.add("source", "tops/other", { metadata: {} });
    await world.begin({ dropOwners: true });
    onceCreated(() => own("tops/a", "tops/other"));
    const { move } = await world.follow();
    expect(move.status?.phase).toBe("Moved");
    expect(move.status?.notes).toBeUndefined();
    expect(ownersOf("target", "middles/b")).toEqual([world.get("target", "tops/a")?.metadata.uid]);
  });

  it("gets those that move after the point of no return, and a note says so", async () => {
    world.add("source", "tops/also", { metadata: {} });
    world.add("source", "tops/other", { metadata: {} });
    const select = ["a", "also"].map((name) => ({
      resource: "tops.x.io",
      namespace: "shop",
      name,
    }));
    await world.begin({
      removeFinalizers: [],
      select: select.map((one) => ({ ...one, withOwned: true })),
    });
    await world.look();
    await world.look();
    expect(world.get("source", "leafs/c")?.metadata.deletionTimestamp).toBeDefined();
    await own("tops/a", "tops/also", "tops/other");
    await world.release("source", "leafs/c");
    await world.look();
    const uids = ["tops/a", "tops/also"].map(
      (path) => world.get("target", path as MemoryPath)?.metadata.uid,
    );
    expect(ownersOf("target", "middles/b")).toEqual(uids);
    await world.look();
    await world.look();
    await world.release("source", "tops/a");
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Moved",
      notes: [expect.stringMatching(/^Middle shop\/b: .* \(now Top a, Top also, Top other\)/)],
    });
  });
});
