import { beforeEach, describe, expect, it } from "vitest";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

describe("a move whose objects others create and delete", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  /** Does something once, as soon as a condition holds after a request of the move. */
  const once = (isTime: () => boolean, act: () => void): void => {
    world.around = async (send) => {
      const answer = await send();
      if (!isTime()) return answer;
      world.around = (next) => next();
      act();
      return answer;
    };
  };
  const isGone = (path: "tops/a" | "leafs/c") => world.get("source", path) === undefined;

  it("does not resume a copy while an object of its name was made again in the source", async () => {
    await world.begin();
    once(
      () => isGone("tops/a"),
      () => world.add("source", "tops/a", { metadata: {}, spec: { size: 3 } }),
    );
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Resuming",
      problem: { code: "MadeAgain", object: "Top shop/a" },
    });
    expect(world.get("target", "tops/a")?.["spec"]).toEqual({ size: 3, paused: true });
    world.remove("source", "tops/a");
    expect((await world.follow()).move.status?.phase).toBe("Moved");
    expect(world.get("target", "tops/a")?.["spec"]).toEqual({ size: 3 });
  });

  it("ends with a note if an object that cannot be paused was made again in the source", async () => {
    await world.begin();
    once(
      () => isGone("leafs/c"),
      () => world.add("source", "leafs/c", { metadata: {} }),
    );
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Moved",
      notes: [expect.stringMatching(/^Leaf shop\/c: .* it is in both clusters$/)],
    });
  });

  it("ends with a note of each object that somebody has deleted in the target meanwhile", async () => {
    await world.begin();
    once(
      () => isGone("tops/a"),
      () => world.remove("target", "leafs/c"),
    );
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Moved",
      notes: [expect.stringMatching(/^Leaf shop\/c: .* no cluster has it$/)],
    });
  });

  it("keeps a copy in a rollback if somebody has deleted its source", async () => {
    const { metadata } = await world.begin();
    once(
      () => world.get("target", "leafs/c") !== undefined,
      () => world.remove("source", "middles/b"),
    );
    const { move } = await world.follow();
    expect(move.status?.problem).toMatchObject({
      code: "SourceGone",
      wayOut: expect.not.stringContaining("--resume"),
    });
    await world.abort();
    const ended = await world.follow();
    await world.collectGarbage();
    expect(ended.move.status).toMatchObject({
      phase: "RolledBack",
      notes: expect.arrayContaining([
        expect.stringMatching(/^Middle shop\/b: .* stays in the target/),
      ]),
    });
    expect([world.names("target"), world.names("source")]).toEqual([
      ["middles/b", "leafs/c"],
      ["tops/a", "leafs/c"],
    ]);
    const kept = world.get("target", "middles/b");
    expect(kept?.metadata.annotations).not.toHaveProperty("kubemend.dev/moved-by", metadata.uid);
    expect(kept?.metadata.ownerReferences ?? []).toEqual([]);
  });
});
