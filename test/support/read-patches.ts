import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A file `<name>.patch`: a head of its own above a diff. */
export type Patch = {
  readonly name: string;
  readonly patchFile: string;
  readonly text: string;
};

const SUFFIX = ".patch";

/** The patches of a folder with these names, or all of them, sorted by name. Throws if a name is not known. */
export function readPatches(folder: string, names: readonly string[]): readonly Patch[] {
  const known = readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .toSorted();
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`there is no break ${unknown}; there are: ${known.join(", ")}`);
  }
  return known
    .filter((name) => names.length === 0 || names.includes(name))
    .map((name) => {
      const patchFile = join(folder, `${name}${SUFFIX}`);
      return { name, patchFile, text: readFileSync(patchFile, "utf8") };
    });
}
