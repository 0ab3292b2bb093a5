import { execFile } from "node:child_process";
import {
  existsSync,
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
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";

const run = promisify(execFile);
const root = findProjectRoot();
const folder = mkdtempSync(join(tmpdir(), "kubemend-packed-"));
const installed = join(folder, "node_modules", "kubemend");

// Exactly what `npm pack` puts into the package, with the dependencies of this clone beside it.
beforeAll(async () => {
  const { stdout } = await run(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", folder],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  if (file === undefined) throw new Error(stdout);
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", join(folder, file), "-C", installed, "--strip-components=1"]);
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".")) continue;
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the package has what the command needs, and neither tests nor the sources of the command", () => {
  const needed = ["dist/kubemend.mjs", "dist/cli.mjs", "dist/cli", "serverless.yml", "infra/crds"];
  expect(needed.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
  expect(["test", "cli", "core"].filter((path) => existsSync(join(installed, path)))).toEqual([]);
});

test("its command prints the recipes that are packed with it", async () => {
  const command = join(installed, "dist", "kubemend.mjs");
  const { stdout } = await run(process.execPath, [command, "recipes", "01"]);
  expect(stdout).toBe(readFileSync(join(root, "docs", "recipes", "01-failed-backup.yaml"), "utf8"));
});
