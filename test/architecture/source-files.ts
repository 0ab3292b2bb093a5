import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** The root of the project. */
export const ROOT: string = join(import.meta.dirname, "..", "..");

const SOURCE = /\.(ts|mjs)$/u;

/** Every source file below these folders, by its path from the root, sorted. */
export function listSourceFiles(folders: readonly string[]): readonly string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
        .map((entry) => posix.relative(ROOT, posix.join(entry.parentPath, entry.name))),
    )
    .toSorted();
}

export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
