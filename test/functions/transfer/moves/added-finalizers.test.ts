import { beforeEach, describe, expect, it } from "vitest";
import type { Move, MoveStatus } from "../../../../events/moves/move.ts";
import { MemoryWorld } from "../../../support/move/memory-world.ts";
import { MoveWork } from "../../../support/move/move-work.ts";

const MINUTE_MS = 60_000;
const HOLD = "x.io/hold";

describe("a finalizer that a person adds after the point of no return", () => {
  const { signal } = new AbortController();
  let world: MemoryWorld;
  let work: MoveWork;
  let move: Move;

  /** A Move of functions that takes no finalizer off, until the leaf is held by one. */
  beforeEach(async () => {
    world = new MemoryWorld();
    work = new MoveWork(world);
    move = await world.begin({ removeFinalizers: [] });
    await sweep();
  });

  const read = async (): Promise<MoveStatus | undefined> =>
    (await world.store().find("m", signal))?.status;

  const sweep = async (): Promise<void> => {
    for (let minute = 0; minute < 13; minute += 1) {
      world.nowMs += MINUTE_MS;
      await work.processAll(work.toMessage(move, `at ${world.nowMs}`));
    }
  };

  const add = (finalizers: readonly string[]): Promise<void> =>
    world.store().addFinalizers(move, finalizers, signal);

  const declare = (removeFinalizers: readonly string[]): void => {
    work.grants = work.grants.map((grant) => ({ ...grant, removeFinalizers }));
  };

  it("is taken off by functions whose pipeline declares it", async () => {
    await add([HOLD]);
    await sweep();
    expect((await read())?.phase).toBe("Moved");
    expect(world.names("source")).toEqual([]);
  });

  it("is left there by functions whose pipeline does not declare it, which say so", async () => {
    declare([]);
    await add([HOLD]);
    await sweep();
    expect(world.get("source", "leafs/c")?.metadata.finalizers).toEqual([HOLD]);
    expect((await read())?.problem).toMatchObject({
      code: "NotDeclared",
      object: "Leaf shop/c",
      wayOut: expect.stringContaining(`add ${HOLD} to removeFinalizers`) as string,
    });
  });

  it("that is not declared stops nothing else", async () => {
    declare([]);
    await add([HOLD]);
    await world.release("source", "leafs/c");
    await sweep();
    expect(world.names("source")).toEqual(["tops/a"]);
    await world.release("source", "tops/a");
    await sweep();
    expect((await read())?.phase).toBe("Moved");
  });

  it("means only what the pipeline declares if any is added", async () => {
    declare(["x.io/other"]);
    await add(["*"]);
    await sweep();
    expect(world.get("source", "leafs/c")?.metadata.finalizers).toEqual([HOLD]);
    declare([HOLD]);
    await sweep();
    expect((await read())?.phase).toBe("Moved");
  });
});
