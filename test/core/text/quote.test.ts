import { expect, it } from "vitest";
import { quote } from "../../../core/text/quote.ts";

it("quotes text, and leaves what a terminal can show", () => {
  expect(quote("jobs.batch é 漢")).toBe('"jobs.batch é 漢"');
  expect(quote('a "b" \\')).toBe('"a \\"b\\" \\\\"');
});

it("shortens text of more than 80 characters", () => {
  expect(quote("a".repeat(80))).toBe(`"${"a".repeat(80)}"`);
  expect(quote("a".repeat(81))).toBe(`"${"a".repeat(80)}..."`);
});

it.each([
  ["\u001b[31m", "\\u001b[31m"],
  ["a\nb", "a\\nb"],
  ["\u007f", "\\u007f"],
  ["\u009b", "\\u009b"],
  ["\u200b", "\\u200b"],
  ["\u2028", "\\u2028"],
  ["\u202e", "\\u202e"],
  ["\u2060", "\\u2060"],
  ["\u2069", "\\u2069"],
  ["\ufeff", "\\ufeff"],
  ["\uffff", "\\uffff"],
])(
  "writes %j out, which would control a terminal or change the direction of text",
  (text, shown) => {
    expect(quote(text)).toBe(`"${shown}"`);
  },
);
