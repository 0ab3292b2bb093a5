import { readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cacheDir } from "./host/folders.ts";
import { readState, type SandboxState } from "./state-file.ts";

/**
 * The running sandbox to which a predicate applies: one next to which a kubeconfig file lies, or one in the cache folder.
 * Sandboxes of `kubemend start` and of `kubemend sandbox up` are found alike.
 */
export function findSandbox(
  fits: (state: SandboxState) => boolean,
  kubeconfig: string = "",
): SandboxState | undefined {
  const near = kubeconfig
    .split(delimiter)
    .filter(Boolean)
    .map((file) => dirname(file));
  return [...near, ...listFolders(join(cacheDir(), "sandboxes"))]
    .map(readState)
    .find((state) => state !== undefined && fits(state));
}

function listFolders(parent: string): readonly string[] {
  try {
    return readdirSync(parent).map((name) => join(parent, name));
  } catch {
    return [];
  }
}
