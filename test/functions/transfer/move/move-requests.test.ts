import { expect, it } from "vitest";
import { MemoryWorld, type Sent } from "../../../support/move/memory-world.ts";

/** Requests of a whole move of three objects in three levels. */
async function move(world = new MemoryWorld()): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  world.around = (send, one) => {
    sent.push(one);
    return send();
  };
  await world.begin();
  expect((await world.follow()).move.status?.phase).toBe("Moved");
  return sent;
}

it("stores its objects when it pauses them, when all are created, and before each level is deleted", async () => {
  const sent = await move();
  const stored = sent.filter(
    ({ method, path }) => method === "PUT" && path.includes("/movesteps/"),
  );
  expect(stored).toHaveLength(2 + 3);
});
