import { beforeEach, describe, expect, it } from "vitest";
import { MemoryWorld, type Sent } from "../../../../support/move/memory-world.ts";

const isCreation = ({ side, method, path, isDryRun }: Sent) =>
  side === "target" && method === "PATCH" && path.endsWith("leafs/c") && !isDryRun;

describe("a request of a run that was suspended", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  /** Suspends the first run whose request fits, before it is sent or after its answer; resolves when it is suspended. */
  const suspendAt = (fits: (sent: Sent) => boolean, when: "before" | "after") => {
    const suspended = Promise.withResolvers<void>();
    const continued = Promise.withResolvers<void>();
    let isFirst = true;
    world.around = async (send, sent) => {
      if (!isFirst || !fits(sent)) return send();
      isFirst = false;
      const answer = when === "after" ? send() : undefined;
      await answer;
      suspended.resolve();
      await continued.promise;
      return answer ?? send();
    };
    return { suspended: suspended.promise, resume: () => continued.resolve() };
  };
  const isDeletion = ({ side, method, path, isDryRun }: Sent) =>
    side === "target" && method === "DELETE" && path.endsWith("middles/b") && !isDryRun;

  it("deletes no copy that another run has created in the place of its own", async () => {
    await world.begin();
    const { suspended, resume } = suspendAt(isCreation, "after");
    const first = world.look();
    await suspended;
    world.remove("target", "leafs/c");
    expect((await world.follow()).move.status?.phase).toBe("Moved");
    resume();
    await first;
    expect(world.names("source")).toEqual([]);
    expect(world.names("target")).toEqual(["tops/a", "middles/b", "leafs/c"]);
  });

  it("deletes no copy that another run has kept as the last one", async () => {
    await world.begin();
    let isKilled = false;
    world.around = async (send, sent) => {
      if (isKilled) throw new Error("killed");
      const answer = await send();
      isKilled = isCreation(sent);
      return answer;
    };
    await world.look().catch(() => undefined);
    world.around = (send) => send();
    await world.abort();
    const { suspended, resume } = suspendAt(isDeletion, "before");
    const first = world.follow();
    await suspended;
    world.remove("source", "middles/b");
    const { status } = (await world.follow()).move;
    expect(status?.notes).toEqual([expect.stringContaining("its copy stays in the target")]);
    resume();
    await first;
    expect(world.names("target")).toEqual(["middles/b"]);
  });

  it("takes no pause off that a person has set after the rollback", async () => {
    await world.begin();
    const { suspended, resume } = suspendAt(isCreation, "before");
    const first = world.look();
    await suspended;
    await world.abort();
    expect((await world.follow()).move.status?.phase).toBe("RolledBack");
    await world.patch("source", "tops/a", { spec: { paused: true } });
    resume();
    await first;
    expect(world.get("source", "tops/a")?.["spec"]).toEqual({ size: 3, paused: true });
  });
});

describe("a rollback", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  /** Rolls a move back that others have interfered with after the copy of the leaf was created. */
  const rollBackAfter = async (interfere: () => void | Promise<void>) => {
    await world.begin();
    world.around = async (send, sent) => {
      const answer = await send();
      if (isCreation(sent)) await interfere();
      return answer;
    };
    await world.look();
    world.around = (send) => send();
    await world.abort();
    expect((await world.follow()).move.status?.phase).toBe("RolledBack");
    expect(world.names("target")).toEqual([]);
  };

  it("deletes the copy of a source that somebody has made again", async () => {
    await rollBackAfter(() => {
      world.remove("source", "leafs/c");
      world.add("source", "leafs/c", { metadata: {}, spec: { again: true } });
    });
    expect(world.get("source", "leafs/c")?.["spec"]).toEqual({ again: true });
  });

  it("ends although the copy of a deleted source is being deleted, too", async () => {
    await rollBackAfter(async () => {
      world.remove("source", "leafs/c");
      await world.delete("target", "leafs/c");
    });
    expect(world.get("source", "leafs/c")).toBeUndefined();
  });
});
