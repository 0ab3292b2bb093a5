import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { cacheDir } from "../../sandbox/host/folders.ts";

/**
 * Path of a command that pip installs: on PATH, or in a virtual environment of its own in Kubemend's cache folder
 * (`python3 -m venv`, then `pip install`); undefined if there is none.
 */
export async function findPythonTool(name: string): Promise<string | undefined> {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), join(cacheDir(), name, "bin")];
  for (const folder of folders) {
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
