import { beforeEach, describe, expect, it } from "vitest";
import { MemoryWorld, type Sent } from "../../../../support/move/memory-world.ts";

describe("a target that stores a copy in another way than it was written", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  /** Admission of the target sets the size of the top in these writes, and answers with it. */
  const admit = (isAdmitted: (sent: Sent) => boolean) => {
    world.around = async <T>(send: () => Promise<T>, sent: Sent): Promise<T> => {
      const isThere = isAdmitted(sent);
      const answer = await send();
      const isWrite = sent.side === "target" && sent.method === "PATCH" && !sent.isDryRun;
      if (!isWrite || !isThere || !sent.path.endsWith("tops/a")) return answer;
      await world.patch("target", "tops/a", { spec: { size: 9 } });
      return world.get("target", "tops/a") as T;
    };
  };
  const isCreation = () => world.get("target", "tops/a") === undefined;
  const follow = async () => (await world.follow()).move.status;

  it("is a problem of its own at the first write, which names the field, and nothing more is created", async () => {
    admit(() => true);
    await world.begin();
    for (let runs = 0; runs < 2; runs += 1) {
      expect(await follow()).toMatchObject({
        phase: "Creating",
        problem: {
          code: "TargetChanges",
          object: "Top shop/a",
          reason: expect.stringContaining("the field spec.size is not as it was written"),
          wayOut: expect.stringContaining("kubemend move --rollback m"),
        },
      });
    }
    expect(world.names("target")).toEqual(["tops/a"]);
  });

  it("can be rolled back", async () => {
    admit(() => true);
    await world.begin();
    await follow();
    world.around = (send) => send();
    await world.abort();
    expect((await follow())?.phase).toBe("RolledBack");
    expect(world.names("target")).toEqual([]);
    expect(world.get("source", "tops/a")?.["spec"]).toEqual({ size: 3 });
  });

  it("receives the move once the source has what the target makes of it", async () => {
    admit(() => true);
    await world.begin();
    await follow();
    await world.patch("source", "tops/a", { spec: { size: 9 } });
    expect((await follow())?.phase).toBe("Moved");
    expect(world.get("target", "tops/a")?.["spec"]).toEqual({ size: 9 });
  });

  it("is written once more if only creations are changed", async () => {
    admit(isCreation);
    await world.begin();
    expect((await follow())?.phase).toBe("Moved");
    expect(world.get("target", "tops/a")?.["spec"]).toEqual({ size: 3 });
  });

  it("is a problem at the write of a later change, too, and does not count as somebody who keeps changing it", async () => {
    await world.begin({ removeFinalizers: [] });
    await world.look();
    await world.patch("source", "tops/a", { spec: { size: 5 } });
    await world.release("source", "leafs/c");
    admit(() => true);
    expect(await follow()).toMatchObject({
      phase: "Deleting",
      problem: {
        code: "TargetChanges",
        object: "Top shop/a",
        wayOut: expect.not.stringContaining("--rollback"),
      },
    });
  });
});
