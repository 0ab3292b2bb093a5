import { beforeEach, describe, expect, it } from "vitest";
import { MemoryWorld, type Sent } from "../../../support/move/memory-world.ts";

describe("a run of a move that is suspended before a request", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  /** Suspends the first run whose request fits; resolves when it is suspended. */
  const suspendAt = (fits: (sent: Sent) => boolean) => {
    const suspended = Promise.withResolvers<void>();
    const continued = Promise.withResolvers<void>();
    let isFirst = true;
    world.around = async (send, sent) => {
      if (isFirst && fits(sent)) {
        isFirst = false;
        suspended.resolve();
        await continued.promise;
      }
      return send();
    };
    return { suspended: suspended.promise, resume: () => continued.resolve() };
  };
  const isCreation = ({ side, method, path, isDryRun }: Sent) =>
    side === "target" && method === "PATCH" && path.endsWith("leafs/c") && !isDryRun;
  const isPause = ({ side, method, path }: Sent) =>
    side === "source" && method === "PATCH" && path.endsWith("tops/a");

  it.each([
    { at: "the creation of a copy", fits: isCreation },
    { at: "a pause", fits: isPause },
  ])(
    "takes back $at that it sends after another run has rolled the move back",
    async ({ fits }) => {
      await world.begin();
      const { suspended, resume } = suspendAt(fits);
      const first = world.look();
      await suspended;
      await world.abort();
      expect((await world.follow()).move.status?.phase).toBe("RolledBack");
      resume();
      expect((await first).move.status?.phase).toBe("RolledBack");
      expect(world.names("target")).toEqual([]);
      expect(world.get("source", "tops/a")?.["spec"]).toEqual({ size: 3 });
    },
  );

  it("takes back a copy that it creates just before another run ends the rollback", async () => {
    await world.begin();
    const creation = suspendAt(
      ({ side, method, path, isDryRun }) =>
        side === "target" && method === "PATCH" && path.endsWith("middles/b") && !isDryRun,
    );
    const first = world.look();
    await creation.suspended;
    await world.abort();
    const end = suspendAt(
      ({ method, path }) =>
        method === "PUT" && path.endsWith("/status") && world.get("target", "tops/a") === undefined,
    );
    const second = world.follow();
    await end.suspended;
    creation.resume();
    const slice = await first;
    end.resume();
    await second;
    expect(slice.move.status?.phase).toBe("RolledBack");
    expect(world.names("target")).toEqual([]);
  });

  it("deletes a copy that it creates after another run has ended the move, and the target has lost the object", async () => {
    await world.begin();
    const { suspended, resume } = suspendAt(
      ({ side, method, path, isDryRun }) =>
        side === "target" && method === "PATCH" && path.endsWith("middles/b") && !isDryRun,
    );
    const first = world.look();
    await suspended;
    expect((await world.follow()).move.status?.phase).toBe("Moved");
    for (const path of ["leafs/c", "middles/b"] as const) world.remove("target", path);
    resume();
    await first;
    expect(world.get("target", "middles/b")).toBeUndefined();
    expect(world.get("target", "tops/a")).toBeDefined();
  });

  it("says what only the Move knew, if somebody deletes that by force", async () => {
    await world.begin();
    const { suspended, resume } = suspendAt(isCreation);
    const first = world.look().catch((error: unknown) => error);
    await suspended;
    world.removeMove();
    resume();
    expect(await first).toMatchObject({
      code: "NotFound",
      message: expect.stringMatching(
        /deleted the Move m .* Top shop\/a \(spec\.paused: absent\).*moved-by: source-/,
      ),
    });
    await expect(world.look()).rejects.toThrow("there is no Move m");
  });

  it("does not take a new Move of the same name for its own", async () => {
    await world.begin();
    const { suspended, resume } = suspendAt(isCreation);
    const first = world.look().catch((error: unknown) => error);
    await suspended;
    world.removeMove();
    await world.begin();
    resume();
    expect(await first).toMatchObject({ code: "NotFound" });
  });
});
