import { beforeEach, describe, expect, it } from "vitest";
import { addFinalizers } from "../../../cli/move/add-finalizers.ts";
import { MemoryWorld } from "../../support/move/memory-world.ts";

describe("finalizers that a person adds to a Move", () => {
  const { signal } = new AbortController();
  let world: MemoryWorld;

  beforeEach(async () => {
    world = new MemoryWorld();
    await world.begin({ removeFinalizers: ["x.io/one"] });
  });

  const add = async (...finalizers: readonly string[]): Promise<readonly string[] | undefined> => {
    const store = world.store();
    const now = await store.find("m", signal);
    if (now === undefined) throw new Error("there is no Move");
    await addFinalizers(store, now, finalizers, signal);
    return (await store.find("m", signal))?.spec.removeFinalizers;
  };

  it("are stored beside those that it has, each once", async () => {
    expect(await add("x.io/two", "x.io/one")).toEqual(["x.io/one", "x.io/two"]);
  });

  it("are written only if one of them is new", async () => {
    let writes = 0;
    world.around = (send, { method }) => {
      if (method === "PATCH") writes += 1;
      return send();
    };
    await add("x.io/one");
    expect(writes).toBe(0);
  });

  it("are refused if they are the garbage collector's", async () => {
    await expect(add("orphan")).rejects.toThrow(/only the garbage collector takes it off/);
  });

  it("are refused if the Move has ended", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    await world.patchMove({ status: { phase: "Moved", since: at, startedAt: at } });
    await expect(add("x.io/two")).rejects.toThrow(/the Move m has ended/);
  });
});
