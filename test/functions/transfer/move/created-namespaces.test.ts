import { beforeEach, describe, expect, it } from "vitest";
import type { MoveStatus } from "../../../../events/moves/move.ts";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

const PATH = "/api/v1/namespaces/shop";

describe("the rollback of a move with --create-namespaces", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  /** Something of a Leaf's name comes into the target after the plan, so that the move stops in the phase Creating. */
  const rollBack = async (): Promise<MoveStatus | undefined> => {
    const block = (value: "" | null) =>
      world.patch("source", "leafs/c", { metadata: { annotations: { "x.io/block": value } } });
    await block("");
    await world.begin({ createNamespaces: true, blocks: ["x.io/block"] });
    await world.look();
    world.add("target", "leafs/c", { metadata: {} });
    await block(null);
    expect((await world.follow()).move.status?.phase).toBe("Creating");
    await world.abort();
    const { status } = (await world.follow()).move;
    expect(status?.phase).toBe("RolledBack");
    return status;
  };

  it("names the Namespace that the move has created, and leaves it to those who may use it", async () => {
    world.target.objects.delete(PATH);
    expect((await rollBack())?.notes).toEqual([
      expect.stringMatching(/^Namespace shop: the move has created it/),
    ]);
    expect(world.target.objects.has(PATH)).toBe(true);
  });

  it("does not name a Namespace that was there before", async () => {
    expect(await rollBack()).not.toHaveProperty("notes");
  });
});
