import fc from "fast-check";
import { expect, it } from "vitest";
import { compareResourceVersions, isUpTo } from "../../../core/changes/resource-version.ts";

it("orders versions as the numbers that they are, of any size", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), (a, b) => {
      const expected = a === b ? "same" : a < b ? "older" : "newer";
      expect(compareResourceVersions(String(a), String(b))).toBe(expected);
    }),
  );
});

it("does not order what is no number, and still knows the same", () => {
  expect(compareResourceVersions("abc", "5")).toBe("unknown");
  expect(compareResourceVersions("05", "5")).toBe("unknown");
  expect(compareResourceVersions("", "5")).toBe("unknown");
  expect(compareResourceVersions("abc", "abc")).toBe("same");
});

it("tells what a place covers: itself and all below, and nothing that has no order", () => {
  const covered = ["9", "10", "11", "abc", ""].filter((version) => isUpTo(version, "10"));
  expect(covered).toEqual(["9", "10"]);
  expect(isUpTo("abc", "abc")).toBe(true);
});
