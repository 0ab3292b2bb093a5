import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { GUARD_CODES } from "../../core/guards/hold.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { readBreaks } from "./read-breaks.ts";

const ROOT = findProjectRoot();
const BREAKS = readBreaks();

it("has a break for each guard and each rule of delivery", () => {
  expect(BREAKS.length).toBeGreaterThan(GUARD_CODES.length + 10);
});

it.each(BREAKS)("$name applies to the code as it is, and its test exists", (one) => {
  const check = ["apply", "--check", one.patchFile];
  expect(() => execFileSync("git", check, { cwd: ROOT, stdio: "pipe" })).not.toThrow();
  expect(existsSync(join(ROOT, one.testFile))).toBe(true);
});

it("a name that no break has is refused with those that there are", () => {
  expect(() => readBreaks(["no-such-break"])).toThrow(
    /there is no break no-such-break; there are: /,
  );
  expect(readFileSync(join(ROOT, "package.json"), "utf8")).toContain("test/breaks/main.ts");
});
