import { expect, it } from "vitest";
import { toAsciiLower } from "../../../core/text/ascii.ts";

it("lower-cases A to Z, and no other letter", () => {
  expect(toAsciiLower("ABCxyzZ-19")).toBe("abcxyzz-19");
  // The Kelvin sign and a dotted capital I would become ASCII letters.
  expect(toAsciiLower("\u212a\u0130Ä")).toBe("\u212a\u0130Ä");
});
