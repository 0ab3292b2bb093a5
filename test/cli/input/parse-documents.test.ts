import { describe, expect, test } from "vitest";
import { parseDocuments } from "../../../cli/input/parse-documents.ts";

function refusal(text: string): string {
  try {
    parseDocuments(text, "f.yaml");
    return "accepted";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("the documents of a file", () => {
  test.each([
    ["YAML", "spec: { limit: 9223372036854775807, small: 3, hex: 0x10 }"],
    ["JSON", '{"spec": {"limit": 9223372036854775807, "small": 3, "hex": 16}}'],
  ])("in %s keep the digits of integers", (_, text) => {
    const [read] = parseDocuments(text, "f");
    expect(JSON.stringify(read)).toBe('{"spec":{"limit":9223372036854775807,"small":3,"hex":16}}');
  });

  test.each([
    ["YAML lists", `a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["YAML fields", `a: ${"{b: ".repeat(20_000)}1${"}".repeat(20_000)}`],
    ["JSON", `${'{"b":'.repeat(20_000)}1${"}".repeat(20_000)}`],
    ["600 levels of YAML", `a: ${"[".repeat(600)}${"]".repeat(600)}`],
  ])("that are nested too deeply in %s are refused", (_, text) => {
    expect(refusal(text)).toMatch(/nested/);
  });

  test("that are no YAML are refused in one line, without what they contain", () => {
    const message = refusal("a: b\n  \u001B[31mred: [\n");
    expect(message).toContain("f.yaml, line ");
    expect(message).not.toContain("\u001B");
    expect(message).not.toContain("\n");
  });

  test("with aliases of nothing, and with too many, are refused", () => {
    expect(refusal("a: *b")).toMatch(/alias/);
    const bomb = `a: &a [x]\nb: &b [${"*a,".repeat(99)}*a]\nc: &c [${"*b,".repeat(99)}*b]\n`;
    expect(refusal(bomb)).toMatch(/alias/);
  });
});
