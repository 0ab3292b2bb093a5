import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { confirmResume } from "../../../cli/move/confirm-resume.ts";
import { driveMove } from "../../../cli/move/drive-move.ts";
import type { Move } from "../../../events/moves/move.ts";
import { MemoryWorld } from "../../support/move/memory-world.ts";

const { signal } = new AbortController();
const OPTIONS = { from: "old", to: "new", recordNamespace: "kubemend", output: "text" };

describe("--resume of a Move that has changed nothing yet", () => {
  let world: MemoryWorld;
  let move: Move;
  let said: string;
  beforeEach(async () => {
    said = "";
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, "write").mockImplementation((text) => {
        said += String(text);
        return true;
      });
    }
    world = new MemoryWorld();
    move = await world.begin();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });

  const toWork = () => ({ sides: world.toDeps().sides, store: world.store() });
  const answer = (text: string) => vi.fn<() => Promise<string>>(async () => text);
  const confirm = (ask: () => Promise<string>) =>
    confirmResume(move, toWork(), OPTIONS, signal, ask);

  it("shows what moves, and how, before it asks", async () => {
    const ask = vi.fn<() => Promise<string>>(async () => {
      expect(said).toContain("tops.x.io shop/a with all that it owns");
      expect(said).toContain('removeFinalizers: ["x.io/hold"]');
      expect(said).toMatch(/3 objects:\n +Top shop\/a\n +Middle shop\/b\n +Leaf shop\/c\n/);
      return "y";
    });
    expect(await confirm(ask)).toBe(true);
    expect(ask).toHaveBeenCalledOnce();
  });

  it("leaves it alone if the answer is not yes", async () => {
    for (const text of ["no", "", "yesterday"]) expect(await confirm(answer(text))).toBe(false);
    expect(process.exitCode).toBe(1);
    expect(said).toContain("nothing was changed");
    expect(world.names("target")).toEqual([]);
    expect(world.get("source", "tops/a")?.["spec"]).toEqual({ size: 3 });
  });

  it("asks about exactly what was stored when it was planned", async () => {
    await confirm(answer("no"));
    const middle = world.get("source", "middles/b");
    world.add("source", "leafs/later", {
      metadata: { ownerReferences: middle === undefined ? [] : [middle] },
    });
    move = (await world.store().find("m", signal)) ?? move;
    said = "";
    await confirm(answer("no"));
    expect(said).toContain("3 objects:");
  });

  it("is refused with the way out if nobody can answer", async () => {
    await expect(confirmResume(move, toWork(), OPTIONS, signal)).rejects.toThrow("add --yes");
  });

  it("is not asked about if --yes has answered", async () => {
    expect(await confirmResume(move, toWork(), { ...OPTIONS, yes: true }, signal)).toBe(true);
    expect(said).toBe("");
  });

  it("reports the problems of the move, and does not ask", async () => {
    world.add("target", "leafs/c", { metadata: {} });
    const ask = answer("yes");
    expect(await confirm(ask)).toBe(false);
    expect(ask).not.toHaveBeenCalled();
    expect(said).toContain("Planning");
    expect(said).toContain("Leaf shop/c");
  });

  it("does not ask about one that has begun to change objects", async () => {
    const ask = answer("no");
    move = { ...move, status: { phase: "Creating", since: "x", startedAt: "x" } };
    expect(await confirm(ask)).toBe(true);
    expect(ask).not.toHaveBeenCalled();
  });

  it("does not carry out another Move of its name that was created while it asked", async () => {
    expect(await confirm(answer("yes"))).toBe(true);
    world.removeMove();
    await world.begin({ select: [{ resource: "leafs.x.io", namespace: "shop" }] });
    await expect(driveMove(move, toWork(), OPTIONS, signal)).rejects.toThrow(/another one/);
    expect(world.names("target")).toEqual([]);
  });
});
