import { execFile } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";

const run = promisify(execFile);
const root = findProjectRoot();

let folder: string;
let command: string;

// The layout in which npm installs a package: its sources are not used, and its dependencies are next to it.
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubemend-installed-"));
  await run("npm", ["run", "prepare"], { cwd: root });
  const dist = join(folder, "node_modules", "kubemend", "dist");
  mkdirSync(dist, { recursive: true });
  for (const file of ["kubemend.mjs", "cli.mjs"]) {
    copyFileSync(join(root, "dist", file), join(dist, file));
  }
  cpSync(join(root, "dist", "cli"), join(dist, "cli"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".")) continue;
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  command = join(dist, "kubemend.mjs");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("the command that prepare builds runs from its bundle", async () => {
  const { stdout } = await run(process.execPath, [command, "--help"]);
  expect(stdout).toContain("Usage: kubemend");
  expect(stdout).toContain("validate");
});

test("a subcommand works", async () => {
  const pipeline = join(root, "sandbox", "pipeline.yaml");
  const valid = await run(process.execPath, [command, "validate", pipeline]);
  expect(valid.stderr).toBe("");
  const missing = run(process.execPath, [command, "validate", join(folder, "none.yaml")]);
  await expect(missing).rejects.toMatchObject({ stderr: expect.stringContaining("none.yaml") });
});

test("its bundle has none of the client library's classes, which would take half of the relay's memory", () => {
  const chunks = join(folder, "node_modules", "kubemend", "dist", "cli");
  const texts = readdirSync(chunks).map((file) => readFileSync(join(chunks, file), "utf8"));
  expect(texts.some((text) => text.includes("applyToHTTPSOptions"))).toBe(true);
  expect(texts.filter((text) => /\bV1PodSpec\b|\bCoreV1Api\b/.test(text))).toEqual([]);
});
