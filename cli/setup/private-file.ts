import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Replaces a file that only its owner may read; whoever reads it meanwhile sees the old one or the new one. */
export function replacePrivateFile(path: string, text: string): void {
  viaTemporary(path, text, renameSync);
}

/** Creates it complete or not at all; false if it exists already. */
export function createPrivateFile(path: string, text: string): boolean {
  try {
    viaTemporary(path, text, linkSync);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function viaTemporary(
  path: string,
  text: string,
  put: (temporary: string, path: string) => void,
): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    put(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
