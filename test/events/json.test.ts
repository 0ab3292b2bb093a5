import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isNestedDeeper,
  isRawInteger,
  MAX_NESTING,
  readBoundedJson,
  readJson,
  toRawInteger,
} from "../../events/json.ts";

function read(text: string): unknown {
  const result = readJson(text);
  if (result.outcome === "refused") throw new RangeError(result.reason);
  return result.value;
}

function nest(levels: number, inner = "1"): string {
  return `${'{"a":'.repeat(levels)}${inner}${"}".repeat(levels)}`;
}

describe("integers", () => {
  it("keep their digits beyond 2^53, wherever they stand", () => {
    const text =
      '{"a":9007199254740993,"b":[-9223372036854775808,9223372036854775807],"__proto__":12345678901234567890}';
    expect(JSON.stringify(read(text))).toBe(text);
    expect(isRawInteger(read("9007199254740993"))).toBe(true);
  });

  it("keep their digits at any offset and after any text, digits included", () => {
    for (let offset = 0; offset < 40; offset += 1) {
      for (const digits of ["9007199254740993", "-9007199254740993", "12345678901234567890"]) {
        const text = `{"${"7".repeat(offset)}":"${"d".repeat(offset)}","a":[${digits},${digits}]}`;
        expect(JSON.stringify(read(text))).toBe(text);
      }
    }
  });

  it("are numbers up to 2^53, and so is every number with a fraction or an exponent", () => {
    expect(read("[9007199254740991,1234567890123456.5,1e30,-9007199254740991]")).toEqual([
      9007199254740991, 1234567890123456.5, 1e30, -9007199254740991,
    ]);
  });

  it("are left alone inside text, also if the text is escaped or cut in odd places", () => {
    const text = String.raw`{"a\"9007199254740993":"say \\\"9007199254740993\\","b\\":9007199254740993}`;
    expect(JSON.stringify(read(text))).toBe(text);
    expect(typeof (read(text) as Record<string, unknown>)['a"9007199254740993']).toBe("string");
  });

  it("do not make JSON of what is none", () => {
    for (const text of [
      "{9007199254740993:1}",
      "[09007199254740993]",
      "9007199254740993 1",
      '{"a":9007199254740993',
      "--9007199254740993",
    ]) {
      expect(readJson(text)).toEqual({ outcome: "refused", reason: "not JSON" });
    }
  });

  it("are written digit by digit", () => {
    expect(JSON.stringify([toRawInteger(2n ** 63n - 1n)])).toBe("[9223372036854775807]");
  });

  it("read and written again are the same text, whatever surrounds them", () => {
    const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map(String);
    fc.assert(
      fc.property(fc.json(), integer, fc.string(), (json, digits, key) => {
        const text = `{${JSON.stringify(key)}:[${JSON.stringify(JSON.parse(json))},${digits}]}`;
        expect(JSON.stringify(read(text))).toBe(text.replace(":[-0,", ":[0,"));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("nesting", () => {
  it("is counted as the parser sees it, without recursion", () => {
    const result = readJson(nest(200_000));
    expect(result).toMatchObject({ outcome: "read", isTooDeep: true });
    expect(isNestedDeeper(JSON.parse(nest(300)), 299)).toBe(true);
    expect(isNestedDeeper(JSON.parse(nest(300)), 300)).toBe(false);
    expect(isNestedDeeper(toRawInteger(2n ** 60n), 0)).toBe(false);
  });

  it("is not followed any further than one level past the limit", () => {
    let value: object = {
      get beyond() {
        throw new Error("looked at");
      },
    };
    for (let levels = 1; levels <= MAX_NESTING; levels += 1) value = [value];
    expect(isNestedDeeper(value)).toBe(true);
  });

  it("is no stack overflow together with an integer beyond 2^53", () => {
    const result = readJson(nest(100_000, "9007199254740993"));
    expect(result).toMatchObject({ outcome: "read", isTooDeep: true });
  });

  it("counts no brackets inside text", () => {
    const result = readJson(JSON.stringify({ a: '[{"'.repeat(1_000), b: ["]"] }));
    expect(result).not.toHaveProperty("isTooDeep");
  });

  it("over the limit is refused with the limit", () => {
    expect(readBoundedJson(nest(MAX_NESTING)).outcome).toBe("read");
    expect(readBoundedJson(nest(MAX_NESTING + 1))).toEqual({
      outcome: "refused",
      reason: "nested more than 500 levels deep",
    });
  });

  it("equals the nesting of the value, for any JSON that is nested too deep", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 490, max: 510 }), (value, levels) => {
        const text = nest(levels, JSON.stringify([value]));
        const result = readJson(text);
        expect(result.outcome === "read" && result.isTooDeep === true).toBe(
          isNestedDeeper(JSON.parse(text)),
        );
      }),
      { numRuns: 500 },
    );
  });
});

it("any text is read or refused, as JSON.parse does", () => {
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const piece = fc.constantFrom(
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "9007199254740993",
    "-",
    "1",
    "e",
    ".",
    "a",
    " ",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
      (text) => {
        expect(readJson(text).outcome === "read").toBe(parses(text));
      },
    ),
    { numRuns: 20_000 },
  );
});
