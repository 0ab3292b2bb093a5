import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a folder, with those above it, unless it exists. Throws the error of the file system if it cannot. Node's own recursive
 * mkdirSync never returns for a path below /proc, whatever signals the process receives.
 */
export function createFolder(path: string, mode?: number): void {
  const options = mode === undefined ? {} : { mode };
  try {
    mkdirSync(path, options);
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
  }
  createFolder(dirname(path), mode);
  // Not a folder in which one can be created, such as /proc: throws.
  mkdirSync(path, options);
}
