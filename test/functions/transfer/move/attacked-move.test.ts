import { beforeEach, describe, expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { MemoryWorld, type MemoryPath } from "../../../support/move/memory-world.ts";

const MINUTE_MS = 60_000;
const BLOCK = { metadata: { annotations: { "x.io/block": "" } } };
const UNBLOCK = { metadata: { annotations: { "x.io/block": null } } };

describe("a move that others write at the same time", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  /** Moves until everything is in the target, and the leaf of the source is held by its finalizer. */
  const moveUntilHeld = async () => {
    await world.begin({ removeFinalizers: [] });
    await world.look();
    await world.look();
    expect(world.get("source", "leafs/c")?.metadata.deletionTimestamp).toBeDefined();
  };
  const release = (path: MemoryPath) => world.release("source", path);

  /** Moves until the sources are paused and nothing is in the target, because somebody has put something in the place of the leaf. */
  const moveUntilTaken = async () => {
    await world.begin({ blocks: ["x.io/block"] });
    await world.patch("source", "leafs/c", BLOCK);
    await world.look();
    await world.patch("source", "leafs/c", UNBLOCK);
    world.add("target", "leafs/c", { metadata: {} });
    expect((await world.look()).move.status?.problem?.code).toBe("PlaceTaken");
  };

  it("is rolled back although a source that it has paused was deleted since", async () => {
    await moveUntilTaken();
    world.remove("source", "tops/a");
    await world.abort();
    const { move } = await world.follow();
    expect(move.status).toMatchObject({ phase: "RolledBack" });
    expect(move.status?.notes).toEqual([
      expect.stringMatching(/^Top shop\/a: .* its copy stays in the target, paused/),
      expect.stringMatching(/^Middle shop\/b: .* its copy stays in the target/),
      expect.stringMatching(/^Top shop\/a: .* it was not resumed/),
    ]);
  });

  it("ends although a copy was deleted and created again before it was resumed", async () => {
    await world.begin();
    world.around = async (send) => {
      const answer = await send();
      if (world.names("source").length > 0) return answer;
      world.around = (next) => next();
      world.remove("target", "tops/a");
      world.add("target", "tops/a", { metadata: {}, spec: { paused: true } });
      return answer;
    };
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Moved",
      notes: [expect.stringContaining("Top shop/a")],
    });
    expect(world.get("target", "tops/a")?.["spec"]).toEqual({ paused: true });
  });

  it("writes a change of the source to the target, however long the deletion has taken", async () => {
    await moveUntilHeld();
    world.nowMs += 5 * MINUTE_MS;
    await world.patch("source", "tops/a", { spec: { size: 5 } });
    await release("leafs/c");
    expect((await world.look()).outcome).toBe("waits");
    expect(world.get("target", "tops/a")?.["spec"]).toEqual({ size: 5, paused: true });
  });

  it("deletes no source before the target has been seen to have its last change", async () => {
    await moveUntilHeld();
    await world.patch("source", "tops/a", { spec: { size: 5 } });
    await release("leafs/c");
    await world.look();
    expect(world.get("source", "tops/a")?.metadata.deletionTimestamp).toBeUndefined();
    await world.look();
    expect(world.get("source", "tops/a")?.metadata.deletionTimestamp).toBeDefined();
  });

  it("tries again after somebody has kept changing an object, and the last change is in the target", async () => {
    await moveUntilHeld();
    world.nowMs += 5 * MINUTE_MS;
    await release("leafs/c");
    for (const size of [5, 6]) {
      await world.patch("source", "tops/a", { spec: { size } });
      await world.look();
    }
    expect((await world.look()).move.status?.problem).toBeUndefined();
    expect(world.get("target", "tops/a")?.["spec"]).toEqual({ size: 6, paused: true });
    expect(world.get("source", "tops/a")?.metadata.deletionTimestamp).toBeDefined();
  });

  it("stops before the point of no return if a source is being deleted by somebody", async () => {
    await moveUntilTaken();
    world.remove("target", "leafs/c");
    world.around = async (send) => {
      const answer = await send();
      if (world.get("target", "leafs/c") === undefined) return answer;
      world.around = (next) => next();
      await world.delete("source", "leafs/c");
      return answer;
    };
    const { move } = await world.follow();
    expect(move.status).toMatchObject({ phase: "Verifying", problem: { code: "Terminating" } });
    expect(move.status?.pointOfNoReturnAt).toBeUndefined();
  });

  it("puts a copy back that was deleted while its source is being deleted, before a finalizer is taken off", async () => {
    await moveUntilHeld();
    world.remove("target", "leafs/c");
    await world.look();
    await world.look();
    expect(world.names("target")).toContain("leafs/c");
    expect(world.get("target", "leafs/c")?.metadata.finalizers).toEqual(["x.io/hold"]);
    await release("leafs/c");
    await world.look();
    expect(world.get("source", "leafs/c")).toBeUndefined();
  });

  it("ends although somebody deletes an owner in both clusters, and what it owned has no owner", async () => {
    await moveUntilHeld();
    world.remove("target", "middles/b");
    world.remove("source", "middles/b");
    for (let looks = 0; looks < 10; looks += 1) {
      await world.collectGarbage();
      await world.release("target", "leafs/c");
      await world.look();
    }
    expect(world.get("target", "leafs/c")?.metadata.ownerReferences ?? []).toEqual([]);
    await release("leafs/c");
    await world.look();
    await release("tops/a");
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Moved",
      notes: [
        expect.stringMatching(/^Middle shop\/b: .* no cluster has it$/),
        expect.stringMatching(/^Middle shop\/b: gone from the source/),
      ],
    });
    expect(world.names("target")).toEqual(["tops/a", "leafs/c"]);
  });

  it("deletes nothing if an object came about that its owner would take along", async () => {
    await moveUntilTaken();
    const middle = world.get("source", "middles/b");
    if (middle === undefined) throw new Error("it is there");
    world.add("source", "leafs/new", { metadata: { ownerReferences: [middle] } });
    world.remove("target", "leafs/c");
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Verifying",
      problem: { code: "Grown", object: "Leaf shop/new" },
    });
    expect(world.source.writes.filter((write) => write.startsWith("DELETE"))).toEqual([]);
    world.remove("source", "leafs/new");
    expect((await world.follow()).move.status?.phase).toBe("Moved");
  });

  it("does not delete an owner with what it has come to own during the deletion", async () => {
    await moveUntilHeld();
    const middle = world.get("source", "middles/b");
    if (middle === undefined) throw new Error("it is there");
    world.add("source", "leafs/new", { metadata: { ownerReferences: [middle] } });
    await release("leafs/c");
    await world.look();
    await release("tops/a");
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Moved",
      notes: [expect.stringMatching(/^Leaf shop\/new: created since the move was planned; /)],
    });
    expect(world.names("source")).toEqual(["leafs/new"]);
    expect(world.get("source", "leafs/new")?.metadata.ownerReferences).toEqual([]);
  });

  it("counts a copy that is being deleted as gone, and names what holds it past the deadline", async () => {
    await world.begin({ removeFinalizers: [] });
    world.around = async (send) => {
      const answer = await send();
      if (world.get("target", "leafs/c") === undefined) return answer;
      world.around = (next) => next();
      await world.delete("target", "leafs/c");
      return answer;
    };
    for (let looks = 0; looks < 4; looks += 1) await world.look();
    expect(world.get("source", "leafs/c")?.metadata.deletionTimestamp).toBeUndefined();
    world.nowMs += 11 * MINUTE_MS;
    expect((await world.look()).move.status?.problem).toMatchObject({
      code: "Held",
      object: "Leaf shop/c",
      holds: expect.stringContaining("the finalizer x.io/hold"),
    });
    await world.release("target", "leafs/c");
    await world.look();
    expect(world.get("target", "leafs/c")?.metadata.deletionTimestamp).toBeUndefined();
    expect(world.names("target")).toContain("leafs/c");
  });

  it("is rolled back although its copies have finalizers that were added since the plan", async () => {
    await world.begin({ blocks: ["x.io/block"] });
    await world.patch("source", "leafs/c", BLOCK);
    await world.look();
    await world.patch("source", "middles/b", { metadata: { finalizers: ["x.io/late"] } });
    await world.patch("source", "leafs/c", UNBLOCK);
    world.add("target", "leafs/c", { metadata: {} });
    await world.look();
    await world.abort();
    expect((await world.follow()).move.status?.phase).toBe("RolledBack");
    expect(world.names("target")).toEqual(["leafs/c"]);
    expect(world.get("source", "middles/b")?.metadata.finalizers).toEqual(["x.io/late"]);
  });

  it("names the object whose finalizer could not be taken off", async () => {
    await world.begin();
    const { request } = world.source.client;
    Object.assign(world.source.client, {
      request: async (sent: { method: string; path: string }) => {
        if (sent.method === "PATCH" && sent.path.endsWith("leafs/c"))
          throw new KubemendError("Forbidden", "no", { retryable: false, status: 403 });
        return request(sent as never);
      },
    });
    const { move } = await world.follow();
    expect(move.status?.problem).toMatchObject({
      code: "Forbidden",
      object: "Leaf shop/c",
      step: "take a finalizer off in the source",
    });
  });
});
