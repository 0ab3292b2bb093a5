import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A pipeline file for a common problem. */
export type Recipe = {
  /** Two digits. */
  readonly number: string;
  /** Without the number: `failed-backup`. */
  readonly name: string;
  /** From the list of the recipes. */
  readonly happens: string;
  readonly done: string;
  readonly file: string;
  /** The objects of its story, the trigger first. */
  readonly objects: string;
};

const FILE = /^(\d\d)-(.+)\.yaml$/;

/** The recipes of a folder in the order of their numbers; `README.md` lists what each is for. */
export function readRecipes(folder: string): readonly Recipe[] {
  const listed = readFileSync(join(folder, "README.md"), "utf8").split("\n").map(readRow);
  return readdirSync(folder)
    .toSorted()
    .flatMap((file) => {
      const [, number, name] = FILE.exec(file) ?? [];
      if (number === undefined || name === undefined) return [];
      const row = listed.find((one) => one?.file === file);
      const { happens = "", done = "" } = row ?? {};
      const objects = join(folder, "objects", `${number}.yaml`);
      return [{ number, name, happens, done, file: join(folder, file), objects }];
    });
}

/** `| [01-failed-backup.yaml](01-failed-backup.yaml) | a backup has failed | its CronJob runs again |` */
function readRow(
  line: string,
): { readonly file: string; readonly happens: string; readonly done: string } | undefined {
  const [first, link = "", happens = "", done = "", last] = line
    .split("|")
    .map((cell) => cell.trim());
  const file = /^\[[^\]]*\]\((?:\.\/)?([^)]+)\)$/.exec(link)?.[1];
  return first === "" && last === "" && file !== undefined ? { file, happens, done } : undefined;
}
