import { expect, it } from "vitest";
import { takeSample } from "../../../functions/transfer/take-sample.ts";

async function* count(to: number): AsyncGenerator<number> {
  for (let item = 0; item < to; item += 1) yield item;
}

it("takes all of a few", async () => {
  expect(await takeSample(count(3), 10, Math.random)).toEqual([0, 1, 2]);
});

it("takes no more than it may, and comes to all of many", async () => {
  const seen = new Set<number>();
  for (let turn = 0; turn < 200; turn += 1) {
    const sample = await takeSample(count(50), 10, Math.random);
    expect(new Set(sample).size).toBe(10);
    for (const item of sample) seen.add(item);
  }
  expect(seen.size).toBe(50);
});
