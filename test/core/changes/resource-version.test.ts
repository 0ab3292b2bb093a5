import fc from "fast-check";
import { expect, it } from "vitest";
import { compareResourceVersions, isUpTo } from "../../../core/changes/resource-version.ts";

it("orders versions as numbers of any size", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), (a, b) => {
      const expected = a === b ? "same" : a < b ? "older" : "newer";
      expect(compareResourceVersions(String(a), String(b))).toBe(expected);
    }),
  );
});

it("does not order versions that are not numbers, but recognises equal ones", () => {
  expect(compareResourceVersions("abc", "5")).toBe("unknown");
  expect(compareResourceVersions("05", "5")).toBe("unknown");
  expect(compareResourceVersions("", "5")).toBe("unknown");
  expect(compareResourceVersions("abc", "abc")).toBe("same");
});

it("a place covers itself and all older versions, but none that cannot be ordered", () => {
  const covered = ["9", "10", "11", "abc", ""].filter((version) => isUpTo(version, "10"));
  expect(covered).toEqual(["9", "10"]);
  expect(isUpTo("abc", "abc")).toBe(true);
});
