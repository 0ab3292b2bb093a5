import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The output of the real programs for --version. */
const OUTPUT: Readonly<Record<string, (version: string) => string>> = {
  etcd: (version) => `etcd Version: ${version}\nGit SHA: 1234567\nGo Version: go1.26.8`,
  kwok: (version) => `kwok version v${version} go1.26.8 (linux/amd64)`,
};

/** A program that prints a version, as the real one with its name does. Returns its path. */
export function createFakeProgram(folder: string, name: string, version: string): string {
  const output = OUTPUT[name]?.(version) ?? `Kubernetes v${version}`;
  return createScript(folder, name, `[ "$*" = --version ] && echo '${output}'`);
}

/** A shell script with a name. Returns its path. */
export function createScript(folder: string, name: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}
