import { expect, test } from "vitest";
import { RARE_LIBRARIES } from "../../../../core/cel/registry/rare-set.ts";
import {
  findFunctions,
  listFunctions,
  RARE_NAMES,
} from "../../../../core/cel/registry/registry.ts";

const rareNames = RARE_LIBRARIES.flatMap((library) => Object.keys(library));

test("the functions of all libraries are found", () => {
  expect(rareNames.filter((name) => findFunctions(name).length === 0)).toEqual([]);
  expect(listFunctions()).toEqual(expect.arrayContaining(rareNames));
});

test("a text that makes a value of a rare library is recognized", () => {
  const makers = rareNames.filter((name) => !name.startsWith("."));
  expect(makers.length).toBeGreaterThan(8);
  expect(makers.filter((name) => !RARE_NAMES.test(`${name}(x)`))).toEqual([]);
  expect(RARE_NAMES.test(`"%d".format([1])`)).toBe(true);
});

test("a text without them is not", () => {
  expect(RARE_NAMES.test(`object.status.conditions.exists(c, c.type == "Failed")`)).toBe(false);
});
