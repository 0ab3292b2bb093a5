import type { CelList, CelValue } from "@bufbuild/cel";
import { charge } from "./meter.ts";
import { LIST } from "./values.ts";

/**
 * Concatenates two lists. `map` and `filter` append to their result item by item: the items are shared, and a longer list sees
 * more of them. The library's own concatenation nests as deep as there are items, which overflows its stack at a few thousand.
 */
export function concatLists(left: CelList, right: CelList): CelList {
  charge(right.size);
  const base: unknown = left;
  const isNewest = base instanceof GrownList && base.size === base.items.length;
  if (!isNewest) charge(left.size);
  const items = isNewest ? base.items : [...left];
  for (const item of right) items.push(item);
  return new GrownList(items) as unknown as CelList;
}

class GrownList {
  readonly [LIST] = {};
  readonly items: CelValue[];
  readonly size: number;

  constructor(items: CelValue[]) {
    this.items = items;
    this.size = items.length;
  }

  get(index: number): CelValue | undefined {
    charge(1);
    return index >= 0 && index < this.size ? this.items[index] : undefined;
  }

  *values(): Generator<CelValue> {
    charge(this.size);
    for (let index = 0; index < this.size; index += 1) yield this.items[index] as CelValue;
  }

  [Symbol.iterator](): Generator<CelValue> {
    return this.values();
  }
}
