import { describe, type FunctionDoc, type FunctionGroup } from "./function-doc.ts";

export const CONVERSIONS: FunctionGroup = {
  title: "Conversions",
  functions: [
    describe(
      "int",
      ["int", "uint", "double", "string", "timestamp", "duration"].map(
        (type) => `int(${type}): int`,
      ),
      "A whole number: of a double without its fraction, of a time in seconds since 1970, of a duration in nanoseconds. A text must be one in decimal digits.",
      'int("12") == 12',
    ),
    describe(
      "uint",
      ["int", "uint", "double", "string"].map((type) => `uint(${type}): uint`),
      "A whole number without a sign.",
      'uint("12") == 12u',
    ),
    describe(
      "double",
      ["int", "uint", "double", "string"].map((type) => `double(${type}): double`),
      "A number with a fraction.",
      'double("1.5") + 0.5 == 2.0',
    ),
    describe(
      "string",
      "bool int uint double string bytes timestamp duration ip cidr"
        .split(" ")
        .map((type) => `string(${type}): string`),
      "The text of a value.",
      'string(3) + "x" == "3x"',
    ),
    describe(
      "bool",
      ["bool(bool): bool", "bool(string): bool"],
      "True or false, of a text such as `true` or `0`.",
      'bool("true")',
    ),
    describe(
      "bytes",
      ["bytes(bytes): bytes", "bytes(string): bytes"],
      "The bytes of a text in UTF-8.",
      'size(bytes("\u00e9")) == 2',
    ),
    describe(
      "timestamp",
      ["timestamp", "string", "int"].map((type) => `timestamp(${type}): timestamp`),
      "A moment, of a text in RFC 3339 or of seconds since 1970.",
      'timestamp("2024-01-31T08:00:00Z") < now',
    ),
    describe(
      "duration",
      ["duration", "string", "int"].map((type) => `duration(${type}): duration`),
      "A length of time, of a text such as `1h30m`, or of seconds. There is no unit for days.",
      'duration("90m") == duration("1h30m")',
    ),
    describe("type", "type(any): type", "The type of a value.", "type(1) == int"),
    describe(
      "dyn",
      "dyn(any): any",
      "The value itself, whose type is not checked.",
      'dyn(1) != "1"',
    ),
    describe(
      "size",
      ["string", "bytes", "list<T>", "map<K:V>"].flatMap((type) => [
        `size(${type}): int`,
        `${type}.size(): int`,
      ]),
      "The number of characters, bytes, items or entries.",
      "size([1, 2]) == 2",
    ),
  ],
};

function part(name: string, summary: string, value: number, ofDuration = false): FunctionDoc {
  const signatures = [`timestamp.${name}(): int`, `timestamp.${name}(string): int`];
  const all = ofDuration ? [...signatures, `duration.${name}(): int`] : signatures;
  const example = `timestamp("2024-02-29T12:30:45.5Z").${name}() == ${value}`;
  return describe(name, all, summary, example);
}

const ZONE = 'UTC, or the zone of the argument: `"Europe/Berlin"`, `"+02:00"`';

export const TIMES: FunctionGroup = {
  title: "Times",
  functions: [
    part("getFullYear", `The year, in ${ZONE}.`, 2024),
    part("getMonth", "The month, from 0.", 1),
    part("getDate", "The day of the month, from 1.", 29),
    part("getDayOfMonth", "The day of the month, from 0.", 28),
    part("getDayOfWeek", "The day of the week, from 0 for Sunday.", 4),
    part("getDayOfYear", "The day of the year, from 0.", 59),
    part("getHours", "The hour; of a duration all its hours.", 12, true),
    part("getMinutes", "The minute; of a duration all its minutes.", 30, true),
    part("getSeconds", "The second; of a duration all its seconds.", 45, true),
    part(
      "getMilliseconds",
      "The milliseconds of the second; of a duration all its milliseconds.",
      500,
      true,
    ),
  ],
};
