import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toPrintable } from "../../../core/text/printable.ts";
import { toJsonLine, toPrintableLines } from "../../../cli/terminal/printable.ts";
import { fitToWidth } from "../../../cli/terminal/streams.ts";

/** What may reach a terminal within a line. */
const HARMLESS = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;

describe("toPrintable", () => {
  test.each([
    ["plain text, ünïcödé, 日本語 and 🎉", "plain text, ünïcödé, 日本語 and 🎉"],
    ["red \u001B[31m and \u009B2J", String.raw`red \u001b[31m and \u009b2J`],
    ["a line\nSucceeded  forged\r\n\t", String.raw`a line\nSucceeded  forged\r\n\t`],
    ["\u202Egnp.exe\u2066 \u200B\uFEFF", String.raw`\u202egnp.exe\u2066 \u200b\ufeff`],
    ["one\u2028two\u2029three", String.raw`one\u2028two\u2029three`],
    ["\u{E0041}\uD800\uFFFF\u007F\u0000", String.raw`\u{e0041}\ud800\uffff\u007f\u0000`],
    ["\u3164\u00AD", String.raw`\u3164\u00ad`],
  ])("%j", (text, expected) => {
    expect(toPrintable(text)).toBe(expected);
    expect(toPrintable(expected)).toBe(expected);
  });

  test("leaves nothing in any text that could control a terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(toPrintable(text)).toMatch(HARMLESS);
      }),
    );
  });
});

test("lines of our own keep their line ends and colours, and nothing else", () => {
  const line = "\u001B[1mbold\u001B[22m \u001B[31mred\u001B[39m\nnext \u001B[8mhidden\u001B[2J";
  expect(toPrintableLines(line)).toBe(
    `\u001B[1mbold\u001B[22m \u001B[31mred\u001B[39m\nnext \\u001b[8mhidden\\u001b[2J`,
  );
});

test("a JSON line is the same JSON, without characters that could control a terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const line = toJsonLine({ text });
      expect(line).toMatch(HARMLESS);
      expect(JSON.parse(line)).toEqual({ text });
    }),
  );
  expect(toJsonLine({ text: "\u009B\u{E0041}" })).toBe(String.raw`{"text":"\u009b\udb40\udc41"}`);
});

test.each([
  ["short", 80, "short"],
  ["exactly", 7, "exact…"],
  ["much too long", 8, "much t…"],
  ["any", undefined, "any"],
  ["any", 0, "any"],
  ["any", 1, ""],
])("a line that is rewritten does not wrap: %j in %j columns", (text, columns, expected) => {
  expect(fitToWidth(text, columns)).toBe(expected);
});
