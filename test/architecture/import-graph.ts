import { posix } from "node:path";
import { readImports } from "./read-imports.ts";
import { readSource } from "./source-files.ts";

/** Each node with the nodes that it imports. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** What package.json's `imports` stands for. Both targets of a condition count. */
function readAliases(): ReadonlyMap<string, readonly string[]> {
  const { imports } = JSON.parse(readSource("package.json")) as {
    readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  return new Map(
    Object.entries(imports).map(([alias, targets]) => [
      alias,
      Object.values(targets).map((target) => posix.normalize(target)),
    ]),
  );
}

/** Which of these files imports which other. Packages, JSON and files outside the list are left out. */
export function readImportGraph(files: readonly string[]): Graph {
  const aliases = readAliases();
  const known = new Set(files);
  const resolve = (from: string, name: string): readonly string[] =>
    name.startsWith(".") ? [posix.join(posix.dirname(from), name)] : (aliases.get(name) ?? []);
  return new Map(
    files.map((file) => {
      const targets = readImports(file, readSource(file)).flatMap((name) => resolve(file, name));
      return [file, new Set(targets.filter((target) => target !== file && known.has(target)))];
    }),
  );
}

/** The same graph with a folder for its files. */
export function toFolderGraph(graph: Graph): Graph {
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of graph) {
    const folder = posix.dirname(file);
    const imported = folders.get(folder) ?? new Set<string>();
    folders.set(folder, imported);
    for (const target of targets) {
      if (posix.dirname(target) !== folder) imported.add(posix.dirname(target));
    }
  }
  return folders;
}
