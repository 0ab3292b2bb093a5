import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { MemoryWorld } from "../../../support/move/memory-world.ts";
import { MoveWork } from "../../../support/move/move-work.ts";

const { signal } = new AbortController();
const LOOK_MS = 20;

describe("a phase that takes long", () => {
  let world: MemoryWorld;
  let work: MoveWork;
  beforeEach(() => {
    world = new MemoryWorld();
    work = new MoveWork(world);
    work.lookMs = LOOK_MS;
    world.around = async (send, { side, method, path, signal: ended }) => {
      if (side === "source" && method === "GET" && path.endsWith("/leafs")) {
        await sleep(5 * LOOK_MS, undefined, { signal: ended });
      }
      return send();
    };
  });

  const readPhase = async () => (await world.store().find("m", signal))?.status?.phase;

  it("does not hold up the other messages of its batch, and is continued by another message", async () => {
    await work.process(work.toMessage(await world.begin()));
    expect(await readPhase()).toBe("Planning");
    expect(work.sent.map(({ data }) => data.move.name)).toEqual(["m"]);
  });

  it("gets all the time of the function if it did not end for a minute", async () => {
    const message = work.toMessage(await world.begin());
    await work.process(message);
    world.nowMs += 61_000;
    await work.process(message);
    expect(await readPhase()).toBe("Waiting");
  });
});
