import { defaultDataDir } from "../../sandbox/host/folders.ts";

/** ` --data-dir FOLDER` for a command to paste into a shell; empty for the default folder. */
export function toDataDirOption(folder: string): string {
  if (folder === defaultDataDir()) return "";
  const isPlain = /^[\w@%+=:,./-]+$/.test(folder);
  return ` --data-dir ${isPlain ? folder : `'${folder.replaceAll("'", String.raw`'\''`)}'`}`;
}
