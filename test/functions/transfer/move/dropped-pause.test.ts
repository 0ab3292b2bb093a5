import { expect, it } from "vitest";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

it("a pause that the API server accepts and drops ends the move with a problem before anything is created", async () => {
  const world = new MemoryWorld();
  world.around = async (send, { side, method, path }) => {
    const answer = await send();
    if (side !== "source" || method !== "PATCH" || !path.endsWith("tops/a")) return answer;
    await world.patch("source", "tops/a", { spec: { paused: null } });
    return { ...answer, spec: { size: 3 } };
  };
  await world.begin();
  const { outcome, move } = await world.look();
  expect([outcome, move.status?.phase]).toEqual(["problem", "Pausing"]);
  expect(move.status?.problem).toMatchObject({
    code: "CannotPause",
    object: "Top shop/a",
    reason: expect.stringContaining("spec.paused is not set in its answer"),
    wayOut: expect.stringContaining("kubemend move --rollback"),
  });
  expect([...world.target.objects.keys()].filter((path) => path.includes("x.io"))).toEqual([]);
});
