import { expect, test } from "vitest";
import { countEdits, suggestName } from "../../../core/text/suggest.ts";

const KEYS = ["id", "on", "where", "once", "initial", "then", "guards"];

test.each([
  ["wher", "where"],
  ["Where", "where"],
  ["guard", "guards"],
  ["onec", "once"],
  ["intial", "initial"],
])("%s is probably %s", (written, meant) => {
  expect(suggestName(written, KEYS)).toBe(meant);
});

test.each(["cooldown", "x", "", "a".repeat(10_000)])("nothing is suggested for %s", (written) => {
  expect(suggestName(written, KEYS)).toBeUndefined();
});

test("a swap of two neighbouring letters is one edit", () => {
  expect(countEdits("thne", "then")).toBe(1);
  expect(countEdits("", "abc")).toBe(3);
  expect(countEdits("kitten", "sitting")).toBe(3);
});
