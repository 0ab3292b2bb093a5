import { beforeEach, describe, expect, it } from "vitest";
import {
  MemoryWorld,
  type MemoryPath,
  type Sent,
  type Side,
} from "../../../support/move/memory-world.ts";

const MINUTE_MS = 60_000;
const KEEPS_CHANGING = { code: "KeepsChanging", holds: expect.stringContaining("hot-controller") };

describe("an object that somebody else writes all the time", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  /** Has a controller write the object just before each write of the move to it. */
  const heat = (side: Side, path: MemoryPath, method: Sent["method"]): void => {
    let count = 0;
    world.around = async (send, sent) => {
      const isHot = sent.side === side && sent.method === method && sent.path.endsWith(path);
      if (isHot && !sent.isDryRun && world.get(side, path) !== undefined) {
        count += 1;
        const time = "2026-01-01T00:00:00Z";
        const managedFields = [{ manager: "hot-controller", operation: "Update", time }];
        const annotations = { "x.io/count": String(count) };
        await world.patch(side, path, { metadata: { annotations, managedFields } });
      }
      return send();
    };
  };
  const cool = (): void => {
    world.around = (send) => send();
  };
  const look = async () => (await world.look()).move.status;

  it("cannot be paused: past the deadline the problem names who writes it, and the next run tries again", async () => {
    heat("source", "tops/a", "PATCH");
    await world.begin();
    const waiting = await look();
    expect(waiting).toMatchObject({ phase: "Pausing", current: { object: "Top shop/a" } });
    world.nowMs += MINUTE_MS;
    expect((await look())?.problem).toBeUndefined();
    world.nowMs += 2 * MINUTE_MS;
    const stopped = await look();
    expect(stopped).toMatchObject({
      phase: "Pausing",
      problem: { ...KEEPS_CHANGING, object: "Top shop/a", step: "pause the source" },
    });
    cool();
    expect((await world.follow()).move.status).toMatchObject({ phase: "Moved" });
  });

  it("cannot be deleted: the time counts from when that began, however long the deletion has taken", async () => {
    await world.begin({ removeFinalizers: [] });
    await world.look();
    await world.look();
    world.nowMs += 5 * MINUTE_MS;
    await world.release("source", "leafs/c");
    heat("source", "middles/b", "DELETE");
    await look();
    await look();
    expect(await look()).toMatchObject({
      phase: "Deleting",
      current: { object: "Middle shop/b", doing: "delete in the source" },
    });
    // The writes of the controller have to come into the target, too, so the move alternates between two steps.
    const seen = [];
    for (let looks = 0; looks < 4; looks += 1) {
      world.nowMs += MINUTE_MS;
      seen.push((await look())?.problem);
    }
    const [early, , , late] = seen;
    expect(early).toBeUndefined();
    expect(late).toMatchObject({ ...KEEPS_CHANGING, object: "Middle shop/b" });
    expect(world.get("source", "middles/b")?.metadata.deletionTimestamp).toBeUndefined();
  });

  it("cannot be resumed: past the deadline the problem names who writes it", async () => {
    await world.begin();
    heat("target", "tops/a", "PATCH");
    expect(await look()).toMatchObject({ phase: "Resuming", current: { object: "Top shop/a" } });
    world.nowMs += 3 * MINUTE_MS;
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Resuming",
      problem: { ...KEEPS_CHANGING, object: "Top shop/a", step: "resume in the target" },
    });
    cool();
    expect((await world.follow()).move.status).toMatchObject({ phase: "Moved" });
  });

  it("is not paused again and again without end: past the deadline the problem names who takes the pause off", async () => {
    await world.begin();
    let isHot = true;
    world.around = async (send, { side, method, path }) => {
      const answer = await send();
      const isCreated = side === "target" && method === "PATCH" && path.endsWith("leafs/c");
      const isPaused = side === "source" && method === "PATCH" && path.endsWith("tops/a");
      if (isHot && (isCreated || isPaused)) {
        const managedFields = [{ manager: "hot-controller", operation: "Update" }];
        await world.patch("source", "tops/a", {
          metadata: { managedFields },
          spec: { paused: null },
        });
      }
      return answer;
    };
    await look();
    const stored = await world.store().find("m", new AbortController().signal);
    expect(stored?.status).toMatchObject({ phase: "Pausing", current: { object: "Top shop/a" } });
    for (let looks = 0; looks < 3; looks += 1) {
      world.nowMs += MINUTE_MS;
      await look();
    }
    const stopped = await world.look();
    expect(stopped).toMatchObject({
      outcome: "problem",
      move: { status: { problem: { ...KEEPS_CHANGING, object: "Top shop/a" } } },
    });
    isHot = false;
    expect((await world.follow()).move.status).toMatchObject({ phase: "Moved" });
  });

  it("is not created while its pause is off in the source, because it would be active on both sides", async () => {
    await world.begin();
    let isFirst = true;
    const created: unknown[] = [];
    world.around = async (send, { side, method, path, isDryRun }) => {
      const answer = await send();
      if (isDryRun) return answer;
      if (isFirst && side === "source" && method === "PATCH" && path.endsWith("tops/a")) {
        isFirst = false;
        await world.patch("source", "tops/a", { spec: { paused: null } });
      }
      if (side === "target" && method === "PATCH" && path.endsWith("tops/a"))
        created.push(world.get("target", "tops/a")?.["spec"]);
      return answer;
    };
    await world.follow();
    expect(created[0]).toEqual({ size: 3, paused: true });
  });

  it("is not created again and again without end", async () => {
    await world.begin();
    let isHot = true;
    world.around = async (send, { side, path }) => {
      if (isHot && side === "source" && path.endsWith("/leafs")) world.remove("target", "leafs/c");
      return send();
    };
    const outcomes: string[] = [];
    for (let looks = 0; looks < 6; looks += 1) {
      outcomes.push((await world.look()).outcome);
      world.nowMs += MINUTE_MS;
    }
    expect(outcomes.slice(-1)).toEqual(["problem"]);
    expect((await look())?.problem).toMatchObject({ code: "KeepsChanging", object: "Leaf shop/c" });
    isHot = false;
    expect((await world.follow()).move.status).toMatchObject({ phase: "Moved" });
  });

  it("cannot be rolled back while another run creates its copy: past the deadline that is a problem", async () => {
    await world.begin({ blocks: ["x.io/block"] });
    await world.patch("source", "leafs/c", { metadata: { annotations: { "x.io/block": "" } } });
    await look();
    await world.patch("source", "leafs/c", { metadata: { annotations: { "x.io/block": null } } });
    world.add("target", "leafs/c", { metadata: {} });
    expect((await look())?.problem?.code).toBe("PlaceTaken");
    await world.abort();
    const annotations = world.get("target", "tops/a")?.metadata.annotations;
    world.around = async (send, { side, method, path }) => {
      if (
        side === "target" &&
        method === "GET" &&
        path.endsWith("/tops") &&
        world.get("target", "tops/a") === undefined
      ) {
        world.add("target", "tops/a", { metadata: { annotations } as never });
      }
      return send();
    };
    const outcomes: string[] = [];
    for (let looks = 0; looks < 5; looks += 1) {
      outcomes.push((await world.look()).outcome);
      world.nowMs += MINUTE_MS;
    }
    expect(outcomes.at(-1)).toBe("problem");
    world.around = (send) => send();
    expect((await world.follow()).move.status).toMatchObject({ phase: "RolledBack" });
  });
});
