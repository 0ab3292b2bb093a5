import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { mapAhead, readAhead } from "../../../relay/runtime/read-ahead.ts";

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("asking ahead", () => {
  it("yields the answers in the order of the items, with a limited number of requests open", async () => {
    let open = 0;
    let most = 0;
    const answer = async (item: number): Promise<number> => {
      open += 1;
      most = Math.max(most, open);
      await sleep(item % 2 === 0 ? 5 : 1);
      open -= 1;
      return item;
    };
    const items = Array.from({ length: 20 }, (_, index) => index);
    expect(await collect(mapAhead(items, 4, answer))).toEqual(items);
    expect(most).toBe(4);
  });

  it("throws a request's error when it is that item's turn", async () => {
    const answers = mapAhead([1, 2], 4, async (item) => {
      if (item === 2) throw new Error("no answer");
      return item;
    });
    expect(await answers.next()).toEqual({ done: false, value: 1 });
    await expect(answers.next()).rejects.toThrow("no answer");
  });
});

describe("reading ahead", () => {
  async function* count(to: number, read: number[] = []): AsyncGenerator<number, void> {
    for (let item = 0; item < to; item += 1) {
      read.push(item);
      yield item;
    }
  }

  it("yields all items in order, each prepared with the unfinished ones before it", async () => {
    const seen: string[] = [];
    const items = readAhead(count(5), 2, (item, before) =>
      seen.push(`${item} after ${before.join()}`),
    );
    const taken: number[] = [];
    for await (const { item } of items) {
      await sleep(2);
      taken.push(item);
    }
    expect(taken).toEqual([0, 1, 2, 3, 4]);
    expect(seen).toEqual(["0 after ", "1 after 0", "2 after 0,1", "3 after 1,2", "4 after 2,3"]);
  });

  it("reads no further ahead than its limit", async () => {
    const read: number[] = [];
    const items = readAhead(count(100, read), 3, () => undefined);
    await items.next();
    await sleep(5);
    expect(read.length).toBeLessThanOrEqual(5);
    await items.return();
  });

  it("throws the source's error after the items before it", async () => {
    const source = (async function* () {
      yield 1;
      throw new Error("broken");
    })();
    const items = readAhead(source, 3, () => undefined);
    expect((await items.next()).value).toMatchObject({ item: 1 });
    await expect(items.next()).rejects.toThrow("broken");
  });
});
