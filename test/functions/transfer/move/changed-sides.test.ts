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

  /** Begins the move, does something when all copies are there, and rolls it back. */
  async function deleteAndRollBack(act: () => Promise<void>) {
    await world.begin();
    let hook: Promise<void> | undefined;
    once(
      () => world.get("target", "leafs/c") !== undefined,
      () => void (hook = act()),
    );
    expect((await world.follow()).move.status?.problem).toMatchObject({
      code: "Terminating",
      wayOut: expect.stringContaining("leaves its copy in the target"),
    });
    await hook;
    await world.abort();
    const { move } = await world.follow();
    expect(move.status?.phase).toBe("RolledBack");
    return move;
  }

  it("keeps in a rollback the copies of a source that is being deleted, and of what is deleted with it", async () => {
    const move = await deleteAndRollBack(() => world.delete("source", "tops/a"));
    for (const path of ["tops/a", "leafs/c"] as const) {
      await world.release("source", path);
      await world.collectGarbage();
    }
    await world.release("source", "leafs/c");
    expect([world.names("source"), world.names("target")]).toEqual([
      [],
      ["tops/a", "middles/b", "leafs/c"],
    ]);
    expect(move.status?.notes).toContainEqual(
      expect.stringMatching(/^Leaf shop\/c: .* stays in the target/),
    );
  });

  it("leaves a source paused in a rollback that is being deleted, and says how the pause is ended", async () => {
    const move = await deleteAndRollBack(() => world.delete("source", "tops/a"));
    expect(world.get("source", "tops/a")?.["spec"]).toEqual({ size: 3, paused: true });
    expect(move.status?.notes).toContainEqual(
      expect.stringMatching(/^Top shop\/a: .* kubectl patch tops\.x\.io a -n shop/),
    );
  });

  it("deletes in a rollback the copies of what stays when its owner is deleted without it", async () => {
    await deleteAndRollBack(async () => {
      const finalizers = ["x.io/hold", "orphan"];
      await world.patch("source", "tops/a", { metadata: { finalizers } });
      await world.delete("source", "tops/a");
    });
    expect(world.names("target")).toEqual(["tops/a"]);
  });
});
