import { describe, type FunctionGroup } from "./function-doc.ts";

const COMPARABLE = "bool int uint double string bytes timestamp duration".split(" ");
const SUMMABLE = ["int", "uint", "double", "duration"];

export const COLLECTIONS: FunctionGroup = {
  title: "Lists and sets",
  functions: [
    describe(
      "sum",
      SUMMABLE.map((type) => `list<${type}>.sum(): ${type}`),
      "The sum of numbers or durations.",
      "[1, 2].sum() == 3",
    ),
    describe(
      "min",
      COMPARABLE.map((type) => `list<${type}>.min(): ${type}`),
      "The least item; an empty list has none.",
      "[2, 1].min() == 1",
    ),
    describe(
      "max",
      COMPARABLE.map((type) => `list<${type}>.max(): ${type}`),
      "The greatest item.",
      "[2, 1].max() == 2",
    ),
    describe(
      "isSorted",
      COMPARABLE.map((type) => `list<${type}>.isSorted(): bool`),
      "Whether no item is less than the one before.",
      "[1, 2, 2].isSorted()",
    ),
    describe(
      "sort",
      COMPARABLE.map((type) => `list<${type}>.sort(): list<${type}>`),
      "In ascending order.",
      "[2, 1].sort() == [1, 2]",
    ),
    describe(
      "reverse",
      "list<T>.reverse(): list<T>",
      "In the opposite order.",
      "[1, 2].reverse() == [2, 1]",
    ),
    describe(
      "distinct",
      "list<T>.distinct(): list<T>",
      "Each item once.",
      "[1, 2, 1].distinct() == [1, 2]",
    ),
    describe(
      "flatten",
      ["list<list<T>>.flatten(): list<T>", "list<any>.flatten(int): list<any>"],
      "With the items of the lists in it, down to so many levels.",
      "[[1], [2, 3]].flatten() == [1, 2, 3]",
    ),
    describe(
      "slice",
      "list<T>.slice(int, int): list<T>",
      "The items from one position up to another one.",
      "[1, 2, 3].slice(1, 3) == [2, 3]",
    ),
    describe(
      "first",
      "list<T>.first(): optional<T>",
      "The first item, if there is one.",
      "[1, 2].first().value() == 1",
    ),
    describe(
      "last",
      "list<T>.last(): optional<T>",
      "The last item, if there is one.",
      "[1, 2].last().value() == 2",
    ),
    describe(
      "lists.range",
      "lists.range(int): list<int>",
      "The whole numbers from 0 up to one.",
      "lists.range(3) == [0, 1, 2]",
    ),
    describe(
      "sets.contains",
      "sets.contains(list<T>, list<T>): bool",
      "Whether a list has all items of another one.",
      "sets.contains([1, 2], [2])",
    ),
    describe(
      "sets.equivalent",
      "sets.equivalent(list<T>, list<T>): bool",
      "Whether two lists have the same items.",
      "sets.equivalent([1, 2], [2, 1, 1])",
    ),
    describe(
      "sets.intersects",
      "sets.intersects(list<T>, list<T>): bool",
      "Whether two lists have an item in common.",
      "sets.intersects([1, 2], [2, 3])",
    ),
  ],
};

export const OPTIONALS: FunctionGroup = {
  title: "Optionals",
  functions: [
    describe(
      "optional.of",
      "optional.of(T): optional<T>",
      "An optional with a value.",
      "optional.of(1).hasValue()",
    ),
    describe(
      "optional.none",
      "optional.none(): optional<any>",
      "An optional without a value.",
      "!optional.none().hasValue()",
    ),
    describe(
      "optional.ofNonZeroValue",
      "optional.ofNonZeroValue(T): optional<T>",
      "Without a value if it is 0, empty, false or null.",
      'optional.ofNonZeroValue("").orValue("x") == "x"',
    ),
    describe(
      "hasValue",
      "optional<T>.hasValue(): bool",
      "Whether it has a value.",
      "optional.of(1).hasValue()",
    ),
    describe(
      "value",
      "optional<T>.value(): T",
      "The value; an error if it has none.",
      "optional.of(1).value() == 1",
    ),
    describe(
      "orValue",
      "optional<T>.orValue(T): T",
      "The value, or another one if it has none.",
      "optional.none().orValue(2) == 2",
    ),
    describe(
      "or",
      "optional<T>.or(optional<T>): optional<T>",
      "The optional, or another one if it has no value.",
      "optional.none().or(optional.of(3)).value() == 3",
    ),
    describe(
      "optional.unwrap",
      "optional.unwrap(list<optional<T>>): list<T>",
      "The values of those that have one.",
      "optional.unwrap([optional.of(1), optional.none()]) == [1]",
    ),
    describe(
      "unwrapOpt",
      "list<optional<T>>.unwrapOpt(): list<T>",
      "The values of those that have one.",
      "[optional.of(1), optional.none()].unwrapOpt() == [1]",
    ),
  ],
};
