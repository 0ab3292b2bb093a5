import { expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { MemoryWorld, type Side } from "../../../support/move/memory-world.ts";

/** Answers the next read of the paused object on one side as a load balancer does that knows no backend. */
function hide(world: MemoryWorld, side: Side): void {
  world.around = async (send, sent) => {
    const isRead = sent.side === side && sent.method === "GET" && sent.path.endsWith("tops/a");
    if (!isRead) return send();
    world.around = (next) => next();
    throw new KubemendError("NotFound", "404 page not found", { retryable: false, status: 404 });
  };
}

it.each([
  { side: "source", phase: "RolledBack" },
  { side: "target", phase: "Moved" },
] as const)("a move takes no 404 without a name for a deleted object in the $side", async (one) => {
  const world = new MemoryWorld();
  await world.begin();
  world.around = async (send) => {
    const answer = await send();
    const isReached =
      one.side === "source" ? world.get("target", "leafs/c") : world.names("source").length === 0;
    if (isReached === undefined || isReached === false) return answer;
    hide(world, one.side);
    if (one.side === "source") await world.abort();
    return answer;
  };
  const { move } = await world.follow();
  expect(move.status?.problem).toMatchObject({ code: "NotFound", object: "Top shop/a" });
  const ended = await world.follow();
  expect(ended.move.status?.phase).toBe(one.phase);
  expect(ended.move.status?.notes).toBeUndefined();
  expect(world.get(one.side, "tops/a")?.["spec"]).toEqual({ size: 3 });
});
