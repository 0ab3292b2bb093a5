import { expect, it } from "vitest";
import { findHolder } from "../../../core/move/status/holder.ts";
import { holdMove } from "../../../cli/move/hold-move.ts";
import { MemoryWorld } from "../../support/move/memory-world.ts";

const { signal } = new AbortController();

async function findHolderOf(world: MemoryWorld): Promise<string | undefined> {
  const move = await world.store().find("m", signal);
  return move === undefined ? undefined : findHolder(move, Date.now());
}

it("a Move is held while the command works on it, and afterwards by nobody", async () => {
  const world = new MemoryWorld();
  const move = await world.begin();
  const during = await holdMove(world.store(), move, () => findHolderOf(world), signal);
  expect(during).toMatch(/^command-/);
  expect(await findHolderOf(world)).toBeUndefined();
});

it("the command takes a Move over that the functions work on, because a person has asked for it", async () => {
  const world = new MemoryWorld();
  const move = await world.begin();
  const at = new Date().toISOString();
  const until = new Date(Date.now() + 60_000).toISOString();
  const holder = { name: "transfer", until };
  await world.patchMove({ status: { phase: "Planning", since: at, startedAt: at, holder } });
  const during = await holdMove(world.store(), move, () => findHolderOf(world), signal);
  expect(during).toMatch(/^command-/);
});

it("the hold ends when the work fails, and the failure is that of the work", async () => {
  const world = new MemoryWorld();
  const move = await world.begin();
  const work = async (): Promise<void> => {
    throw new Error("no");
  };
  await expect(holdMove(world.store(), move, work, signal)).rejects.toThrow("no");
  expect(await findHolderOf(world)).toBeUndefined();
});

it("a Move that was deleted is no reason not to begin the work, which says so", async () => {
  const world = new MemoryWorld();
  const move = await world.begin();
  world.removeMove();
  expect(await holdMove(world.store(), move, async () => "done", signal)).toBe("done");
});
