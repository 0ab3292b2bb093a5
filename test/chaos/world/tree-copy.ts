import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { createScratchFolder } from "./scratch-folder.ts";

/** A copy of the project's working tree, uncommitted changes included; removed when its scope ends. */
export type TreeCopy = Disposable & {
  readonly path: string;
  /** Its command line, which runs from its sources. */
  readonly script: string;
};

/** Copies the files that git tracks or would add; installed packages are shared. */
export function copyTree(root: string): TreeCopy {
  const folder = createScratchFolder("kubemend-chaos-tree-");
  const { path } = folder;
  const listed = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  for (const file of listed.split("\0")) {
    if (file === "" || !existsSync(join(root, file))) continue;
    mkdirSync(join(path, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(path, file));
  }
  symlinkSync(join(root, "node_modules"), join(path, "node_modules"));
  const script = join(path, "dist", "kubemend.mjs");
  mkdirSync(dirname(script));
  cpSync(join(path, "infra", "build", "launcher.mjs"), script);
  return {
    path,
    script,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
