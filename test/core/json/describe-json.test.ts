import { describe, expect, it } from "vitest";
import { toRawInteger } from "../../../events/json.ts";
import { describeJson } from "../../../core/json/describe-json.ts";

describe("a value in a message", () => {
  it.each([
    ["text", '"text"'],
    [{ a: [1, true, null], "b c": undefined, d: {} }, '{"a":[1,true,null],"d":{}}'],
    [[], "[]"],
    [toRawInteger(18_446_744_073_709_551_615n), "18446744073709551615"],
    [undefined, "undefined"],
  ])("is its JSON: %j", (value, text) => {
    expect(describeJson(value, 100)).toBe(text);
  });

  it("is cut to its limit and an ellipsis, wherever it is long", () => {
    const long = "x".repeat(1_000_000);
    for (const value of [long, [long, long], { [long]: 1 }, { a: { b: long } }]) {
      expect(describeJson(value, 20)).toMatch(/^.{20}…$/);
    }
    expect(describeJson("😀".repeat(30), 20)).toBe(`"${"😀".repeat(9)}\ufffd…`);
  });

  it("is read only as far as it is shown", () => {
    let reads = 0;
    const item = (index: number) => ({
      get field() {
        reads += 1;
        return index;
      },
    });
    describeJson(
      Array.from({ length: 10_000 }, (_, index) => item(index)),
      100,
    );
    expect(reads).toBeLessThan(20);
  });
});
