import { beforeEach, expect, it } from "vitest";
import { MemoryWorld } from "../../../../support/move/memory-world.ts";

let world: MemoryWorld;
beforeEach(() => {
  world = new MemoryWorld();
});

/** As soon as there is a copy, somebody who can read it puts an object with its marks at a place to which the move has not come. */
async function forge(): Promise<void> {
  await world.begin();
  world.around = async (send) => {
    const answer = await send();
    const copy = world.get("target", "tops/a");
    const next = world.get("source", "leafs/c");
    if (copy === undefined || next === undefined) return answer;
    world.around = (later) => later();
    const { annotations } = copy.metadata;
    world.add("target", "leafs/c", { metadata: {}, spec: { evil: true } });
    await world.patch("target", "leafs/c", {
      metadata: { annotations: { ...annotations, "kubemend.dev/moved-uid": next.metadata.uid } },
    });
    return answer;
  };
}

it("an object in the target that was given the marks of another copy is not taken for one", async () => {
  await forge();
  const { move } = await world.follow();
  expect(move.status?.problem).toMatchObject({ code: "PlaceTaken", object: "Leaf shop/c" });
  world.remove("target", "leafs/c");
  expect((await world.follow()).move.status?.phase).toBe("Moved");
  expect(world.get("target", "leafs/c")).not.toHaveProperty("spec");
});

it("an object in the target that was given the marks of another copy is not deleted by a rollback", async () => {
  await forge();
  await world.follow();
  await world.abort();
  expect((await world.follow()).move.status?.phase).toBe("RolledBack");
  expect(world.names("target")).toEqual(["leafs/c"]);
});
