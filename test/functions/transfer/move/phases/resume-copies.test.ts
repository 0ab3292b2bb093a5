import { beforeEach, describe, expect, it } from "vitest";
import { MOVED_BY_ANNOTATION } from "../../../../../core/move/marks.ts";
import { MemoryWorld, type Sent } from "../../../../support/move/memory-world.ts";

const isDeletion = ({ side, method, path, isDryRun }: Sent) =>
  side === "source" && method === "DELETE" && path.endsWith("tops/a") && !isDryRun;

describe("the copies of a move", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  it("are resumed although one of them was made again in the source, which stays paused", async () => {
    world.add("source", "tops/other", { metadata: {}, spec: { size: 1 } });
    await world.begin({ select: [{ resource: "tops.x.io", namespace: "shop", withOwned: true }] });
    world.around = async (send, sent) => {
      const answer = await send();
      if (isDeletion(sent)) {
        world.remove("source", "tops/a");
        world.add("source", "tops/a", { metadata: {}, spec: {} });
      }
      return answer;
    };
    const { move } = await world.follow();
    expect(move.status?.problem).toMatchObject({ code: "MadeAgain", object: "Top shop/a" });
    expect(world.get("target", "tops/other")?.["spec"]).toEqual({ size: 1 });
    expect(world.get("target", "tops/a")?.["spec"]).toMatchObject({ paused: true });
  });

  it("are resumed only if they have the marks of the move", async () => {
    await world.begin();
    let isFirst = true;
    world.around = async (send, sent) => {
      if (isFirst && isDeletion(sent)) {
        isFirst = false;
        const answer = await send();
        await world.patch("target", "tops/a", {
          metadata: { annotations: { [MOVED_BY_ANNOTATION]: null } },
        });
        return answer;
      }
      return send();
    };
    const { move } = await world.follow();
    expect(move.status?.phase).toBe("Moved");
    expect(world.get("target", "tops/a")?.["spec"]).toMatchObject({ paused: true });
    expect(move.status?.notes).toContainEqual(
      expect.stringContaining("lacks the marks of this move"),
    );
  });
});
