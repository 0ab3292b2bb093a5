import { describe, type FunctionDoc } from "./function-doc.ts";

/** The macros: they evaluate their last arguments for each item, with variables for it. Of a map, these are its keys, or keys and values. */
export const MACRO_REFERENCE: readonly FunctionDoc[] = [
  describe(
    "has",
    "has(object.field): bool",
    "Whether a field exists and is not null.",
    'has({"a": 1}.a)',
  ),
  describe(
    "exists",
    [
      "list.exists(item, test): bool",
      "list.exists(index, item, test): bool",
      "map.exists(key, value, test): bool",
    ],
    "Whether the test holds for some item.",
    "[1, 2].exists(x, x > 1)",
  ),
  describe(
    "all",
    [
      "list.all(item, test): bool",
      "list.all(index, item, test): bool",
      "map.all(key, value, test): bool",
    ],
    "Whether the test holds for every item.",
    '{"a": 1}.all(k, v, k == "a" && v == 1)',
  ),
  describe(
    "exists_one",
    [
      "list.exists_one(item, test): bool",
      "list.exists_one(index, item, test): bool",
      "map.exists_one(key, value, test): bool",
    ],
    "Whether the test holds for one item exactly.",
    "[1, 2].exists_one(x, x > 1)",
  ),
  describe(
    "existsOne",
    ["list.existsOne(index, item, test): bool", "map.existsOne(key, value, test): bool"],
    "The same, with two variables only.",
    "[1, 2].existsOne(i, x, x > i + 0 && i == 1)",
  ),
  describe(
    "filter",
    "list.filter(item, test): list",
    "The items for which the test holds.",
    "[1, 2].filter(x, x > 1) == [2]",
  ),
  describe(
    "map",
    ["list.map(item, value): list", "list.map(item, test, value): list"],
    "A value for each item, or for each for which the test holds.",
    "[1, 2].map(x, x * 2) == [2, 4]",
  ),
  describe(
    "sortBy",
    "list.sortBy(item, key): list",
    "In the order of their keys.",
    "[1, 2].sortBy(x, -x) == [2, 1]",
  ),
  describe(
    "transformList",
    [
      "list.transformList(index, item, value): list",
      "map.transformList(key, value, test, item): list",
    ],
    "A list with a value for each item or entry.",
    "[5, 6].transformList(i, x, i > 0, x) == [6]",
  ),
  describe(
    "transformMap",
    ["map.transformMap(key, value, new): map", "map.transformMap(key, value, test, new): map"],
    "A map with the same keys and new values.",
    '{"a": 1}.transformMap(k, v, v + 1) == {"a": 2}',
  ),
  describe(
    "transformMapEntry",
    [
      "map.transformMapEntry(key, value, {newKey: new}): map",
      "map.transformMapEntry(key, value, test, {newKey: new}): map",
    ],
    "A map of new entries, whose keys all differ.",
    '{"a": "b"}.transformMapEntry(k, v, {v: k}) == {"b": "a"}',
  ),
  describe(
    "optMap",
    "optional.optMap(value, new): optional",
    "An optional of what is made of the value, if there is one.",
    "optional.of(1).optMap(x, x + 1).value() == 2",
  ),
  describe(
    "optFlatMap",
    "optional.optFlatMap(value, optional): optional",
    "The same, of something that is an optional itself.",
    'optional.of({"a": 1}).optFlatMap(m, m.?a).value() == 1',
  ),
];
