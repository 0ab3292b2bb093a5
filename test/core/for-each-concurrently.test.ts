import { expect, it } from "vitest";
import { forEachConcurrently } from "../../core/for-each-concurrently.ts";

it("begins the items in their order, and no more at once than it may", async () => {
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  await forEachConcurrently([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
  });
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

it("rejects with the error of an item", async () => {
  const work = async (item: number): Promise<void> => {
    if (item === 2) throw new Error("the second");
  };
  await expect(forEachConcurrently([1, 2, 3], 1, work)).rejects.toThrow("the second");
});
