import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";

const FOLDER = join(import.meta.dirname, "breaks");
const PATCHES = readdirSync(FOLDER).filter((name) => name.endsWith(".patch"));

it("has breaks", () => {
  expect(PATCHES.length).toBeGreaterThan(5);
});

it.each(PATCHES)("%s applies to the code as it is", (name) => {
  const check = ["apply", "--check", join(FOLDER, name)];
  expect(() => execFileSync("git", check, { cwd: findProjectRoot(), stdio: "pipe" })).not.toThrow();
});
