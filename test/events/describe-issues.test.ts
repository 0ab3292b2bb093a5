import * as v from "valibot";
import { expect, it } from "vitest";
import { describeIssues } from "../../events/contract.ts";

const SCHEMA = v.object({ phase: v.picklist(["Pending"]), text: v.string() });

function describe(value: unknown): string {
  const result = v.safeParse(SCHEMA, value);
  return result.success ? "" : describeIssues(result.issues);
}

it("each issue has its path, and what is missing is said to be so", () => {
  expect(describe({ phase: "Pending" })).toBe("text: is missing");
});

it("issues are one line, whatever values they quote", () => {
  const text = describe({ phase: "a\nforged\r\u001B[2J\u2028b", text: 1 });
  expect(text).toContain(String.raw`a\u000aforged\u000d\u001b[2J\u2028b`);
  expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
});

it("a value of any length is cut", () => {
  expect(describe({ phase: "x".repeat(10_000), text: "" }).length).toBeLessThan(310);
});
