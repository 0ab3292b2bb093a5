import { expect, it } from "vitest";
import { MemoryWorld } from "../../../../support/move/memory-world.ts";

it("no copy is deleted in a rollback with a finalizer that came with it: its controller would delete what the source stands for", async () => {
  const world = new MemoryWorld();
  const seen: unknown[] = [];
  let isAborted = false;
  await world.begin();
  world.around = async (send) => {
    const answer = await send();
    if (!isAborted && world.get("target", "leafs/c") !== undefined) {
      isAborted = true;
      await world.abort();
    }
    for (const path of ["tops/a", "leafs/c"] as const) {
      const { deletionTimestamp, finalizers } = world.get("target", path)?.metadata ?? {};
      if (deletionTimestamp !== undefined) seen.push([path, finalizers]);
    }
    return answer;
  };
  const { move } = await world.follow();
  expect([move.status?.phase, seen, world.names("target")]).toEqual(["RolledBack", [], []]);
});
