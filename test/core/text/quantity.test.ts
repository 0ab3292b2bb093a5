import { describe, expect, it } from "vitest";
import { formatQuantity, parseQuantity, readQuantity } from "../../../core/text/quantity.ts";

describe("a quantity", () => {
  it.each([
    ["1", "1000m"],
    ["0.5", "500m"],
    ["1.5", "1500m"],
    ["1k", "1000"],
    ["1Ki", "1024"],
    ["1Gi", "1024Mi"],
    ["0.5Gi", "512Mi"],
    ["1e3", "1000"],
    ["2E", "2000P"],
    ["1500u", "1.5m"],
  ])("%s is %s", (a, b) => {
    expect(parseQuantity(a)).toBe(parseQuantity(b));
    expect(parseQuantity(a)).toBeDefined();
  });

  it.each(["", "-1", "1 Gi", "1gi", "abc", "1e99", "0x1f", "1.2.3", "NaN"])("not %j", (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it("beyond 2^53 is exact", () => {
    const one = parseQuantity("9007199254740993") ?? 0n;
    expect(one - (parseQuantity("9007199254740992") ?? 0n)).toBe(parseQuantity("1"));
  });

  it("may be a number", () => {
    expect(readQuantity(2)).toBe(parseQuantity("2"));
    expect(readQuantity(undefined)).toBeUndefined();
  });

  it("is written in whole Mi, or in thousandths, rounded up", () => {
    expect(formatQuantity(parseQuantity("1Gi") ?? 0n, true)).toBe("1024Mi");
    expect(formatQuantity((parseQuantity("1Mi") ?? 0n) + 1n, true)).toBe("2Mi");
    expect(formatQuantity(parseQuantity("1.5") ?? 0n, false)).toBe("1500m");
    expect(formatQuantity(parseQuantity("2") ?? 0n, false)).toBe("2");
    expect(formatQuantity(1n, false)).toBe("1m");
  });
});
