import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createPrivateFile, replacePrivateFile } from "../setup/private-file.ts";

export type PlannedFile = {
  readonly path: string;
  readonly text: string;
  /** Only its owner may read it, and it is never replaced: what it holds may be in use. */
  readonly isSecret?: true;
};

/**
 * - `written`: it did not exist. `replaced`: it had other contents, and the user has agreed. `unchanged`: it has these contents.
 * - `kept`: it has other contents, and stays as it is.
 */
export type Outcome = "written" | "replaced" | "unchanged" | "kept";

/** Writes a file, and replaces an existing one only if `mayReplace` agrees. */
export async function writePlanned(
  { path, text, isSecret }: PlannedFile,
  mayReplace: (path: string) => Promise<boolean>,
): Promise<Outcome> {
  if (isSecret === true) return createPrivateFile(path, text) ? "written" : "unchanged";
  if (!existsSync(path)) {
    writeFileSync(path, text, { flag: "wx" });
    return "written";
  }
  if (readFileSync(path, "utf8") === text) return "unchanged";
  if (!(await mayReplace(path))) return "kept";
  replacePrivateFile(path, text);
  return "replaced";
}
