import { beforeEach, expect, it } from "vitest";
import { MemoryWorld } from "../../../../support/move/memory-world.ts";

const STATUS = { tokens: ["a"] };
let world: MemoryWorld;
beforeEach(async () => {
  world = new MemoryWorld();
  await world.patch("source", "leafs/c", { status: STATUS });
  await world.begin();
});

it("a status that no controller makes is in the target, with what it becomes during the move", async () => {
  world.around = async (send) => {
    const answer = await send();
    if (world.get("target", "leafs/c") === undefined) return answer;
    world.around = (next) => next();
    await world.patch("source", "leafs/c", { status: { tokens: ["a", "b"] } });
    return answer;
  };
  expect((await world.follow()).outcome).toBe("ended");
  expect(world.get("target", "leafs/c")?.["status"]).toEqual({ tokens: ["a", "b"] });
});

it("a status that a controller of the target writes does not hold an object up that is not paused", async () => {
  world.around = async (send) => {
    const answer = await send();
    const copy = world.get("target", "leafs/c");
    if (copy === undefined) return answer;
    const managedFields = [{ manager: "kubemend", operation: "Apply", fieldsV1: { "f:spec": {} } }];
    await world.patch("target", "leafs/c", {
      metadata: { managedFields },
      status: { tokens: ["of the target"] },
    });
    return answer;
  };
  const slice = await world.follow();
  expect([slice.outcome, slice.move.status?.phase]).toEqual(["ended", "Moved"]);
  expect(world.get("target", "leafs/c")?.["status"]).toEqual({ tokens: ["of the target"] });
});
