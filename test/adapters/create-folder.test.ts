import { spawnSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { createFolder } from "../../adapters/create-folder.ts";
import { temporaryFolder } from "../support/host/temporary-folder.ts";

test("a folder is created with those above it, and may exist", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a", "b", "c");
  for (let round = 0; round < 2; round += 1) createFolder(path, 0o700);
  expect(statSync(path).isDirectory()).toBe(true);
  expect(statSync(join(folder.path, "a")).mode & 0o777).toBe(0o700);
});

test("a file is no folder, and has none below it", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  expect(() => createFolder(file)).toThrow(/EEXIST/);
  expect(() => createFolder(join(file, "below"))).toThrow(/ENOTDIR/);
});

test.skipIf(!existsSync("/proc/self"))(
  "a folder below /proc is refused at once, and not tried for ever",
  () => {
    const module = pathToFileURL(join(import.meta.dirname, "../../adapters/create-folder.ts"));
    const code = `import { createFolder } from ${JSON.stringify(module.href)}; createFolder("/proc/x/y");`;
    // In another process: what never returns cannot be stopped from within.
    const { status, signal, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", code],
      { timeout: 20_000, encoding: "utf8" },
    );
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(stderr).toContain("ENOENT");
  },
);
