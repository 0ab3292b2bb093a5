import { expect, it } from "vitest";
import { Killed } from "../../../support/move/killed-client.ts";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

/** More requests than a move of three objects sends. */
const MOST_REQUESTS = 500;

/** Ends the process, as it were, at a request: before it arrives, or before its answer does. */
function killAt(world: MemoryWorld, at: number, isServed: boolean): { sent: number } {
  const count = { sent: 0 };
  world.around = async (send) => {
    count.sent += 1;
    if (count.sent > at) throw new Killed("nothing is sent any more");
    if (count.sent < at) return send();
    if (isServed) await send();
    throw new Killed(`at request ${at}`);
  };
  return count;
}

async function follow(world: MemoryWorld): Promise<void> {
  await world.follow().catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
}

it.each([
  { when: "before a request arrives", isServed: false },
  { when: "before an answer arrives", isServed: true },
])("a move that is killed $when, whichever it is, ends moved", async ({ isServed }) => {
  for (let at = 1; at < MOST_REQUESTS; at += 1) {
    const world = new MemoryWorld();
    await world.begin();
    const count = killAt(world, at, isServed);
    await follow(world);
    const isOver = count.sent < at;
    world.around = (send) => send();
    const { move } = await world.follow();
    expect([at, move.status?.phase]).toEqual([at, "Moved"]);
    expect([at, world.names("source"), world.names("target")]).toEqual([
      at,
      [],
      ["tops/a", "middles/b", "leafs/c"],
    ]);
    expect([at, world.source.violations, world.target.violations]).toEqual([at, [], []]);
    expect(world.get("target", "tops/a")?.["spec"]).toEqual({ size: 3 });
    if (isOver) return;
  }
  throw new Error("the move never ended");
});

it("a move that is killed at any request and then rolled back leaves the sources as they were, or has passed the point of no return", async () => {
  let rolledBack = 0;
  for (let at = 1; at < MOST_REQUESTS; at += 1) {
    const world = new MemoryWorld();
    await world.begin();
    const count = killAt(world, at, true);
    await follow(world);
    const isOver = count.sent < at;
    world.around = (send) => send();
    await world.abort();
    const { move } = await world.follow();
    const isMoved = move.status?.pointOfNoReturnAt !== undefined;
    if (!isMoved) rolledBack += 1;
    const size = (side: "source" | "target") => world.get(side, "tops/a")?.["spec"];
    expect([at, move.status?.phase, size("source"), size("target")]).toEqual(
      isMoved ? [at, "Moved", undefined, { size: 3 }] : [at, "RolledBack", { size: 3 }, undefined],
    );
    expect([world.names("source").length, world.names("target").length]).toEqual(
      isMoved ? [0, 3] : [3, 0],
    );
    if (isOver) break;
  }
  expect(rolledBack).toBeGreaterThan(10);
});
